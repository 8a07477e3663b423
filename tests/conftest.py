"""The cast that all tests share: one person of each role."""

from __future__ import annotations

from functools import cache

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import translation

from layers.access import Role

CAST = {
    "operator": Role.OPERATOR,
    "planner": Role.PLANNER,
    "crew": Role.CREW,
    "agency": Role.AGENCY,
}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Each test begins in the city's own language.

    A page asked for in English leaves that language active in the process, as Django's middleware
    does; the next test, whichever it is, must not read its sentences in it.
    """
    translation.deactivate()


@cache
def hashed(password: str) -> str:
    """The password as it is stored, worked out once: to be slow is what its method is for."""
    return make_password(password)


@pytest.fixture
def person(db: None):
    """Make a person: person("operator") -> User with that role's group."""

    def make(name: str) -> User:
        user = User.objects.create(username=name, password=hashed("sandi-uji-123"))
        if name in CAST:
            user.groups.add(Group.objects.get_or_create(name=CAST[name].value)[0])
        if name == "admin":
            User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
            user.refresh_from_db()
        return user

    return make


@pytest.fixture
def client_of(person):
    """Make a signed-in client: client_of("planner"); "visitor" is nobody."""

    def make(name: str) -> Client:
        client = Client()
        if name != "visitor":
            client.force_login(person(name))
        return client

    return make
