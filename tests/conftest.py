"""Leaves out, and names, what this user or machine cannot run; commands speak English unless a test says so."""

import os

import pytest
from hypothesis import settings

settings.register_profile("bridgewatch", deadline=None)  # how long something takes is for the benches
settings.load_profile("bridgewatch")
os.environ["BRIDGEWATCH_LANGUAGE"] = "en"  # also of the processes that tests start


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.geteuid() == 0:
        return
    left_out = pytest.mark.skip(reason="needs root: network namespaces or raw sockets")
    for item in items:
        if item.get_closest_marker("root"):
            item.add_marker(left_out)
