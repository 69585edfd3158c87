"""Attachments of events in graph.py: event-post-attachments.md,
event-list-attachments.md, attachment-get.md, attachment-delete.md."""
import base64

from graphlib import Answer, Refused, Unknown, gone, shape_of

FILE = '#microsoft.graph.fileAttachment'
MOST = 3 << 20		# more needs an upload session: attachment.md


class Attachments:
    def __init__(self, server):
        self.server, self.state = server, server.state

    def show(self, a, whole):
        out = {k: v for k, v in a.items() if k != 'bytes'}
        if whole:
            out['contentBytes'] = base64.b64encode(a['bytes']).decode()
        return out

    def perform(self, item, request, rest):
        """(the answer, whether something changed)"""
        method = request.method
        if not rest and method == 'POST':
            made = self.add(item, request)
            return Answer(201, self.show(made, True), 'fileAttachment'), True
        if not rest and method == 'GET':
            shape = shape_of(request)
            request.done()
            if shape.expand:
                raise Unknown('$expand of attachments')
            out = [self.show(a, True) for a in item.attachments]
            if shape.select is not None:
                out = [{k: v for k, v in a.items() if k in shape.select or
                        k in ('id', '@odata.type')} for a in out]
            return Answer(200, {'value': out}, 'fileAttachment'), False
        found = next((a for a in item.attachments if rest and
                      a['id'] == rest[0]), None)
        if found is None:
            raise gone()
        if method == 'GET' and rest[1:] == ['$value']:
            return Answer(200, found['bytes'], None, {
                'Content-Type': found['contentType'] or
                'application/octet-stream'}), False
        if rest[1:]:
            raise Unknown('/'.join(rest[1:]) + ' of an attachment')
        if method == 'GET':
            shape_of(request)
            return Answer(200, self.show(found, True),
                          'fileAttachment'), False
        if method == 'DELETE':
            item.attachments = [a for a in item.attachments
                                if a is not found]
            return Answer(204), True
        raise Unknown(method + ' of an attachment')

    def add(self, item, request):
        given = request.body()
        if given.get('@odata.type') != FILE:
            raise Unknown('an attachment that is no fileAttachment')
        wrong = self.server.schema.why_not('fileAttachment', given)
        if wrong is not None:
            self.server.refuse(request, wrong)
        try:
            data = base64.b64decode(given.get('contentBytes') or '',
                                    validate=True)
        except ValueError:
            raise Refused(400, 'ErrorInvalidRequest', 'contentBytes') \
                from None
        if len(data) > MOST:
            raise Refused(413, 'RequestEntityTooLarge', 'Too large.')
        made = {'@odata.type': FILE, 'id': self.state.part_id(
                    item, self.state.next_number()),
                'lastModifiedDateTime': '2026-03-01T00:00:00Z',
                'name': given.get('name'),
                'contentType': given.get('contentType'),
                'size': len(data) + 100,	# 178 of 23 in the example
                'isInline': given.get('isInline', False),
                'contentId': given.get('contentId'),
                'contentLocation': None, 'bytes': data}
        item.attachments = item.attachments + [made]
        return made
