"""The OpenAPI document of the routes (3.1, whose schemas are JSON Schema 2020-12)."""

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from bridgewatch import __version__
from bridgewatch.adapters.api.forms import ProblemTold
from bridgewatch.adapters.api.routes import ROUTES, Route

_REF: Final = "#/components/schemas/{model}"
_PROBLEM: Final = "application/problem+json"
_ERRORS: Final = {
    "400": "It cannot be read",
    "401": "No valid token",
    "403": "The token has not the right",
    "404": "There is no such thing",
    "409": "Refused: it is taken, over, or covers a live event",
    "422": "It does not fit",
    "429": "Too many requests",
    "503": "The store cannot be read or written now",
}
_BASE: Final = "/api/v1"


def document() -> dict[str, Any]:
    """The document, made of the table."""
    routes = [route for route in ROUTES if not route.local]
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "bridgewatch",
            "version": __version__,
            "description": "Incidents of videoconference links: read, answer, announce planned work.",
        },
        "servers": [{"url": _BASE}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(routes),
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    queries = {**route.query, "lang": "vi or en: the language of texts; else by Accept-Language"}
    parameters += [
        {"name": name, "in": "query", "description": what, "schema": {"type": "string"}}
        for name, what in queries.items()
    ]
    parameters.append(
        {
            "name": "X-On-Behalf-Of",
            "in": "header",
            "description": "the person for whom the token's holder acts; it stands in the log",
            "schema": {"type": "string", "maxLength": 100},
        }
    )
    operation: dict[str, Any] = {
        "operationId": route.operation,
        "summary": route.summary,
        "description": f"Needs the right `{route.right}`.",
        "parameters": parameters,
        "responses": {
            "200": {"description": "Done", "content": _content(route.told)},
            **{
                status: {"description": what, "content": _content(ProblemTold, _PROBLEM)}
                for status, what in _ERRORS.items()
            },
        },
    }
    if route.given is not None:
        operation["requestBody"] = {"content": _content(route.given)}
    return operation


def _content(model: type[BaseModel], kind: str = "application/json") -> dict[str, Any]:
    return {kind: {"schema": {"$ref": _REF.format(model=model.__name__)}}}


def _schemas(routes: list[Route]) -> Mapping[str, Any]:
    modes: list[tuple[type[BaseModel], JsonSchemaMode]] = [(ProblemTold, "serialization")]
    for route in routes:
        modes.append((route.told, "serialization"))
        if route.given is not None:
            modes.append((route.given, "validation"))
    _, definitions = models_json_schema(list(dict.fromkeys(modes)), ref_template=_REF)
    schemas: Mapping[str, Any] = definitions["$defs"]
    return schemas
