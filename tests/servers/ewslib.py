#!/usr/bin/python3
"""exchangelib on ews.py: ewslib.py URL KIND

KIND is contacts, events or tasks; what it made, changed, listed and deleted
is told on stdout.  Needs python3-exchangelib; a client that knows nothing of
our server.
"""
import datetime
import decimal
import sys
import warnings

warnings.simplefilter('ignore')

from exchangelib import (DELEGATE, Account, Build, CalendarItem,	# noqa
                         Configuration, Contact, Credentials, EWSDate,
                         EWSDateTime, EWSTimeZone, FileAttachment, Task,
                         Version)
from exchangelib.fields import MONDAY	# noqa: E402
from exchangelib.indexed_properties import (EmailAddress,	# noqa: E402
                                            PhoneNumber, PhysicalAddress)
from exchangelib.recurrence import Recurrence, WeeklyPattern	# noqa: E402

ZONE = EWSTimeZone('Europe/Berlin')


def contacts(account):
    made = Contact(
        account=account, folder=account.contacts, given_name='Ex',
        surname='Lib', display_name='Ex Lib', job_title='Clerk',
        email_addresses=[EmailAddress(label='EmailAddress1',
                                      email='ex@lib.test')],
        phone_numbers=[PhoneNumber(label='MobilePhone', phone_number='1')],
        physical_addresses=[PhysicalAddress(label='Home', street='Street 1',
                                            city='City')],
        birthday=EWSDate(1980, 2, 29), categories=['a', 'b'], body='note')
    made.save()
    for c in account.contacts.all():
        print('listed', c.display_name, c.birthday, c.job_title, c.body,
              c.categories, c.email_addresses[0].email,
              c.phone_numbers[0].phone_number,
              c.physical_addresses[0].street, c.complete_name.full_name)
    c.job_title = 'Boss'
    c.phone_numbers = [PhoneNumber(label='HomePhone', phone_number='2')]
    c.birthday = None
    c.save(update_fields=['job_title', 'phone_numbers', 'birthday'])
    c.refresh()
    print('changed', c.job_title, c.birthday,
          [(p.label, p.phone_number) for p in c.phone_numbers])
    c.attach(FileAttachment(name='ContactPicture.jpg', content=b'jpeg'))
    c.refresh()
    print('attached', c.attachments[0].name, c.attachments[0].content)
    print('found', [x.display_name for x in account.contacts.filter(
        job_title='Boss')], account.contacts.filter(job_title='x').count())
    print('synced', [kind for kind, _ in account.contacts.sync_items(
        only_fields=['display_name'])])
    c.delete()
    print('left', account.contacts.all().count())
    account.bulk_create(folder=account.contacts, items=[
        Contact(display_name='Bulk', surname=str(i)) for i in range(250)])
    print('many', account.contacts.all().count(), len(set(
        x.surname for x in account.contacts.all().only('surname'))))


def events(account):
    start = EWSDateTime(2026, 3, 23, 9, 0, tzinfo=ZONE)
    CalendarItem(
        account=account, folder=account.calendar, subject='Series',
        location='Room', start=start,
        end=start + datetime.timedelta(hours=1),
        recurrence=Recurrence(pattern=WeeklyPattern(
            interval=1, weekdays=[MONDAY]), start=EWSDate(2026, 3, 23),
            number=4)).save()
    m = account.calendar.get(subject='Series')
    print('made', m.type, m.start.astimezone(ZONE), m.recurrence)
    print('last', m.last_occurrence.start.astimezone(ZONE))
    o = m.occurrence(2)
    o.refresh()
    o.subject = 'Moved'
    o.start += datetime.timedelta(hours=2)
    o.end += datetime.timedelta(hours=2)
    o.save(update_fields=['subject', 'start', 'end'])
    m.occurrence(3).delete()
    m = account.calendar.get(subject='Series')
    print('modified', [x.start.astimezone(ZONE)
                       for x in m.modified_occurrences])
    print('deleted', [x.start.astimezone(ZONE)
                      for x in m.deleted_occurrences])
    for i in account.calendar.view(
            start=EWSDateTime(2026, 3, 1, tzinfo=ZONE),
            end=EWSDateTime(2026, 5, 1, tzinfo=ZONE)):
        print('seen', i.type, i.subject, i.start.astimezone(ZONE))
    day = CalendarItem(account=account, folder=account.calendar,
                       subject='Day', start=EWSDate(2026, 7, 1),
                       end=EWSDate(2026, 7, 2), is_all_day=True)
    day.save()
    day.refresh()
    print('all day', day.start, day.end)
    for i in (m, day):
        i.move_to_trash()
    print('left', account.calendar.all().count(), account.trash.all()
          .count())


def tasks(account):
    Task(account=account, folder=account.tasks, subject='Task',
         due_date=EWSDate(2026, 4, 1), status='InProgress',
         percent_complete=decimal.Decimal(50), importance='High').save()
    t = account.tasks.get(subject='Task')
    print('made', t.status, t.percent_complete, t.due_date, t.complete_date,
          t.importance)
    t.percent_complete = decimal.Decimal(100)
    t.save(update_fields=['percent_complete'])
    t.refresh()
    print('changed', t.status, t.percent_complete,
          t.complete_date is not None, t.is_complete)
    t.delete(affected_task_occurrences='AllOccurrences')
    print('left', account.tasks.all().count())


def main(url, kind):
    account = Account('alice@example.test', autodiscover=False,
                      access_type=DELEGATE, default_timezone=ZONE,
                      config=Configuration(
                          service_endpoint=url, auth_type='basic',
                          credentials=Credentials('alice', 's3cret'),
                          version=Version(Build(15, 1, 2507, 6))))
    {'contacts': contacts, 'events': events, 'tasks': tasks}[kind](account)


main(*sys.argv[1:])
