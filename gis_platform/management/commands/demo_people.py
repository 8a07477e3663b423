"""One demo login for each role, on machines that are no production ones."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from layers.access import Role
from layers.catalog.categories import Category
from layers.catalog.reports.work import Post
from layers.catalog.rounds import actions
from layers.catalog.rounds.models import PlanState, RoundPlan

PASSWORD = "contoh-kota-8271"  # noqa: S105  (a demo login, refused in production)


@dataclass(frozen=True, slots=True)
class Person:
    """A demo login and the page of its main job."""

    name: str
    full_name: str
    role: Role
    page: str


PEOPLE = (
    Person("operator", "Operator Contoh", Role.OPERATOR, "/ops/"),
    Person("perencana", "Perencana Contoh", Role.PLANNER, "/rencana/wifi"),
    Person("kru", "Kru Contoh", Role.CREW, "/kru/"),
    Person("instansi", "Petugas Instansi Contoh", Role.AGENCY, "/instansi/"),
    Person("admin", "Administrator Contoh", Role.ADMIN, "/admin/"),
)
PUBLIC_PAGES = ("/peta/", "/lapor/", "/kinerja/", "/data/", "/layanan/")


@transaction.atomic
def make_people() -> None:
    """Create or mend the demo logins."""
    for person in PEOPLE:
        user, made = User.objects.get_or_create(username=person.name)
        first, _, last = person.full_name.partition(" ")
        user.first_name, user.last_name = first, last
        user.is_staff = user.is_superuser = person.role is Role.ADMIN
        if made:
            user.set_password(PASSWORD)
        user.save()
        user.groups.set(Group.objects.filter(name=person.role.value))
        if person.role is Role.AGENCY:
            give_post(user)


def give_post(user: User) -> None:
    """A post in the agency of the first category: the one with most to do."""
    first = Category.objects.select_related("default_agency").first()
    if first is not None:
        Post.objects.get_or_create(user=user, agency=first.default_agency)


def give_the_crew_a_round() -> None:
    """Let the demo crew drive the busiest round of the newest plan, once."""
    crew = User.objects.get(username="kru")
    plan = RoundPlan.objects.filter(state=PlanState.DRAFT).first()
    if plan is None or crew.vehicles.exists():
        return
    rounds = plan.rounds.annotate(wanted=Count("stops")).order_by("-wanted", "number")
    if busiest := rounds.first():
        busiest.vehicle.crew.add(crew)
        actions.publish(plan=plan, at=timezone.now())


class Command(BaseCommand):
    """`manage.py demo_people [--print ADDRESS]`."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the switch that prints the table."""
        parser.add_argument("--print", dest="address", default="", help="print addresses, logins")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the logins, or print them."""
        if settings.PRODUCTION:
            raise CommandError("Demo logins are for localhost; make real accounts in /admin/.")
        if not options["address"]:
            make_people()
            give_the_crew_a_round()
            return
        address = options["address"].rstrip("/")
        self.stdout.write("\nTerbuka / open to all:")
        for page in PUBLIC_PAGES:
            self.stdout.write(f"  {address}{page}")
        self.stdout.write(f"\nMasuk / sign in at {address}/masuk/  (sandi / password {PASSWORD}):")
        for person in PEOPLE:
            self.stdout.write(f"  {person.name:10} {address}{person.page}")
