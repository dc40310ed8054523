"""The OpenAPI document says what the API does."""

import re
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from bridgewatch.adapters.api.openapi import document
from bridgewatch.adapters.api.routes import ROUTES
from tests.answers.desk import NOW_NS, ONE
from tests.api.serving import Api, serving
from tests.api.test_api import BODIES, PLACES
from tests.api.test_tale import STORY
from tests.web.serving import run


def schema_of(document: dict[str, Any], path: str, method: str, status: str) -> dict[str, Any]:
    responses = document["paths"][path][method.lower()]["responses"]
    (content,) = responses[status]["content"].values()
    return {**content["schema"], "components": document["components"]}


def test_every_schema_is_one_and_every_reference_leads_somewhere() -> None:
    made = document()
    schemas = made["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    assert set(re.findall(r"#/components/schemas/(\w+)", repr(made))) <= set(schemas)


def test_it_has_every_public_route_and_no_other() -> None:
    told = {
        (operation["operationId"], method.upper(), path)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }
    assert told == {(route.operation, route.method, route.path) for route in ROUTES if not route.local}


def test_every_parameter_of_a_path_is_declared() -> None:
    for path, methods in document()["paths"].items():
        for operation in methods.values():
            declared = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert declared == set(re.findall(r"{(\w+)}", path))


def test_every_answer_has_the_shape_that_is_promised(tmp_path: Path) -> None:
    async def test(api: Api) -> None:
        status, made = await api.ask("GET", "/openapi.json")
        assert status == 200
        api.desk.stories[ONE] = STORY
        for _ in range(2):  # done, and then refused where it was a command
            for route in ROUTES:
                if route.local:
                    continue
                path = route.path.format(**PLACES)
                status, told = await api.ask(route.method, path, BODIES.get(route.operation))
                schema = schema_of(made, route.path, route.method, str(status))
                Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(
                    told
                )
        assert api.desk.now_ns() == NOW_NS

    async def serve() -> None:
        async with serving(tmp_path) as api:
            await test(api)

    run(serve())


def test_what_is_sent_in_these_tests_fits_the_document() -> None:
    made = document()
    for route in ROUTES:
        if route.operation in BODIES:
            body = made["paths"][route.path][route.method.lower()]["requestBody"]
            schema = {**body["content"]["application/json"]["schema"], "components": made["components"]}
            Draft202012Validator(schema).validate(BODIES[route.operation])
