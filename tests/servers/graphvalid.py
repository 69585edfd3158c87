#!/usr/bin/python3
"""Holds bodies of requests against the schema: graphvalid.py SCHEMA FILE...

A line of FILE is a type, a tab and JSON.  Says what is not valid, at most ten
of it, and exits 1 then; says how many of each type there were otherwise.
"""
import collections
import json
import sys

import jsonschema


def main(schema, *files):
    with open(schema) as f:
        defs = json.load(f)
    check = {}
    seen = collections.Counter()
    bad = 0
    for name in files:
        with open(name, encoding='utf-8', newline='\n') as f:
            for line in f:
                kind, body = line.rstrip('\n').split('\t', 1)
                seen[kind] += 1
                if kind not in check:
                    check[kind] = jsonschema.Draft202012Validator(
                        {'$ref': '#/$defs/' + kind, '$defs': defs['$defs']})
                for e in check[kind].iter_errors(json.loads(body)):
                    bad += 1
                    if bad <= 10:
                        print('%s: %s: %.300s' % (kind, list(e.path),
                                                  e.message))
    if not bad:
        print('\n'.join('%s %d' % n for n in sorted(seen.items())))
    return bad != 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
