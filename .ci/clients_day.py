"""A day's work of a hub with the client that openapi-python-client generates: everything goes by its functions and its
types, and every answer is read by them. The hub is founded, and its service runs at the address given."""

import datetime
import io
import os
import subprocess
import sys
import uuid

from hub_credits_client import AuthenticatedClient
from hub_credits_client.api.allocations import get_allocations_by_id_lines, post_allocations, post_allocations_by_id_approve
from hub_credits_client.api.bookings import (
    get_bookings,
    get_bookings_by_id_cancellation_quote,
    post_bookings,
    post_bookings_by_id_approve,
    post_bookings_by_id_cancel,
)
from hub_credits_client.api.events import get_events, post_events, post_events_by_id_publish
from hub_credits_client.api.people import post_people
from hub_credits_client.api.programmes import post_programmes
from hub_credits_client.api.schools import get_schools, get_schools_by_id_statement, post_schools_import
from hub_credits_client.api.years import post_years
from hub_credits_client.models import (
    BookingState,
    NewAllocation,
    NewBooking,
    NewEvent,
    NewPerson,
    NewProgramme,
    NewSession,
    NewYear,
    Problem,
    ProgrammeKind,
    Role,
)
from hub_credits_client.types import File

CENSUS = datetime.date(2023, 1, 19)
SCHOOLS = b"urn,name,phase,pupils\n136341,Lampton,secondary,300\n102448,Heston,secondary,100\n"


def done(response):
    """What was answered, where it was done."""
    assert response.status_code in (200, 201), (response.status_code, response.content)
    assert response.parsed is not None and not isinstance(response.parsed, Problem), response.content
    return response.parsed


def key():
    return str(uuid.uuid4())


def signed_in(url, email):
    token = subprocess.run([os.environ["HUB_CREDITS"], "token", "--email", email], check=True, capture_output=True, text=True)
    return AuthenticatedClient(base_url=url, token=token.stdout.strip())


def main(url):
    manager = signed_in(url, "amara.osei@hub.example")
    starts_at = datetime.datetime.now(datetime.timezone.utc).replace(hour=13, minute=30, second=0, microsecond=0)
    starts_at += datetime.timedelta(days=60)
    first = starts_at.year if starts_at.month >= 9 else starts_at.year - 1
    year = f"{first}/{(first + 1) % 100:02}"

    file = File(payload=io.BytesIO(SCHOOLS), file_name="schools.csv", mime_type="text/csv")
    imported = done(post_schools_import.sync_detailed(client=manager, body=file, census_date=CENSUS))
    assert imported.created == 2, imported
    schools = {school.name: school for school in done(get_schools.sync_detailed(client=manager)).items}
    lampton = schools["Lampton"]

    done(post_years.sync_detailed(client=manager, body=NewYear(year=year)))
    draft = done(post_allocations.sync_detailed(client=manager, body=NewAllocation(year=year, census_date=CENSUS, pool="1000")))
    assert draft.funding is None and draft.approved_at is None
    approved = done(
        post_allocations_by_id_approve.sync_detailed(draft.id, client=manager, idempotency_key=key(), if_match='"1"')
    )
    lines = done(get_allocations_by_id_lines.sync_detailed(approved.id, client=manager)).items
    assert [line.credits_ for line in lines] == ["250.00", "750.00"], lines

    programme = done(
        post_programmes.sync_detailed(client=manager, body=NewProgramme(kind=ProgrammeKind.CPD_PROGRAMME, title="Leading change"))
    )
    session = NewSession(
        title="The day", starts_at=starts_at, ends_at=starts_at + datetime.timedelta(hours=3), place="Lampton"
    )
    new = NewEvent(programme_id=programme.id, title="Leading change, spring", capacity=2, price="45", sessions=[session])
    event = done(post_events.sync_detailed(client=manager, body=new))
    done(post_events_by_id_publish.sync_detailed(event.id, client=manager))
    assert [shown.places_left for shown in done(get_events.sync_detailed(client=manager)).items] == [2]

    for name, role in (("Ravi Menon", Role.SCHOOL_LEAD), ("Noor Aziz", Role.TEACHER)):
        email = f"{name.split()[0].lower()}@lampton.example"
        done(post_people.sync_detailed(client=manager, body=NewPerson(name=name, email=email, role=role, school_id=lampton.id)))
    lead, teacher = signed_in(url, "ravi@lampton.example"), signed_in(url, "noor@lampton.example")

    asked = done(post_bookings.sync_detailed(client=teacher, body=NewBooking(event_id=event.id), idempotency_key=key()))
    assert asked.state == BookingState.REQUESTED
    confirmed = done(post_bookings_by_id_approve.sync_detailed(asked.id, client=lead))
    assert confirmed.state == BookingState.CONFIRMED and confirmed.held == "45.00"
    again = post_bookings.sync_detailed(client=teacher, body=NewBooking(event_id=event.id), idempotency_key=key())
    assert isinstance(again.parsed, Problem) and again.parsed.code == "already_booked", again.content
    page = lead.get_httpx_client().get(again.parsed.type_)
    assert page.status_code == 200 and "What to do" in page.text, page.text

    quote = done(get_bookings_by_id_cancellation_quote.sync_detailed(asked.id, client=teacher))
    cancelled = done(
        post_bookings_by_id_cancel.sync_detailed(
            asked.id, client=teacher, agreed_quote=quote.quote, idempotency_key=key()
        )
    )
    assert cancelled.refund == "45.00", cancelled
    states = [booking.state for booking in done(get_bookings.sync_detailed(client=lead)).items]
    assert states == [BookingState.CANCELLED], states
    statement = done(get_schools_by_id_statement.sync_detailed(lampton.id, client=lead))
    assert statement.closing_balance == "750.00" and len(statement.items) == 3, statement
    print("a day's work, by a generated client: done")


main(sys.argv[1])
