"""The OpenAPI document: of the routes that are up, by what the chapters say of them."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from web.openapi.document import describe, rests, unsaid
from web.openapi.operation import Body, Chapter, Operation, Parameter, Said, errors
from web.routing import Hung, Route
from web.views import Answer


class Cup(Struct):
    """What is drunk of."""

    size: Annotated[int, Meta(ge=1)]


class Fault(Struct):
    """What is wrong."""

    error: str


CHAPTER = Chapter(
    "tea",
    "All about tea.",
    {
        "PUT /cups/<name>": Operation(
            "Put a cup up",
            {
                200: Said(Cup),
                204: Said(),
                400: (Said(Fault), Said(str, "text/html")),
                **errors(Fault, (404,)),
                **errors(str, (429,), "text/plain"),
            },
            (Parameter("sugar", "How much.", Annotated[int, Meta(le=3)]),),
            Body(Cup),
            ("key",),
        ),
        "GET /cups": Operation("All cups", {200: Said((list[Cup], Fault))}),
    },
    {"key": {"type": "http", "scheme": "bearer"}},
)


def hung(method: str, rule: str, prefix: str = "", **more: Any) -> Hung:
    return Hung(prefix + rule, Route(method, rule, lambda _request: Answer(), **more))


def test_an_operation_in_full() -> None:
    document = describe([hung("PUT", "/cups/<name>", "/pot")], [CHAPTER])
    operation = document["paths"]["/pot/cups/{name}"]["put"]
    cup, fault = ({"$ref": f"#/components/schemas/{name}"} for name in ("Cup", "Fault"))
    assert [(each["in"], each["name"], each["required"]) for each in operation["parameters"]] == [
        ("path", "name", True),
        ("query", "sugar", False),
    ]
    assert operation["parameters"][1]["schema"] == {"type": "integer", "maximum": 3}
    assert operation["requestBody"] == {"required": True, "content": {"application/json": {"schema": cup}}}
    assert operation["responses"]["200"]["content"] == {"application/json": {"schema": cup}}
    assert "content" not in operation["responses"]["204"]
    assert operation["responses"]["400"]["content"].keys() == {"application/json", "text/html", "text/plain"}
    for status in ("408", "413", "414", "417", "431"):  # the front door's, worded as the dialect words 429
        assert operation["responses"][status]["content"] == operation["responses"]["429"]["content"]
    assert operation["responses"]["404"]["content"] == {"application/json": {"schema": fault}}
    assert operation["security"] == [{"key": []}]
    assert (operation["tags"], operation["operationId"]) == (["tea"], "put_pot_cups_name")
    assert document["components"]["schemas"]["Cup"]["properties"] == {"size": {"type": "integer", "minimum": 1}}
    assert document["components"]["securitySchemes"] == {"key": {"type": "http", "scheme": "bearer"}}


def test_an_answer_may_have_one_of_several_shapes() -> None:
    said = describe([hung("GET", "/cups")], [CHAPTER])["paths"]["/cups"]["get"]["responses"]["200"]
    several = {"type": "array", "items": {"$ref": "#/components/schemas/Cup"}}
    shapes = [several, {"$ref": "#/components/schemas/Fault"}]
    assert said["content"]["application/json"]["schema"] == {"anyOf": shapes}


def test_only_what_is_up_stands_there() -> None:
    document = describe([hung("GET", "/cups")], [CHAPTER, Chapter("milk", "None.", {})])
    assert list(document["paths"]) == ["/cups"]
    assert [tag["name"] for tag in document["tags"]] == ["tea"]
    assert describe([], [CHAPTER])["paths"] == {}


def test_what_is_no_rest() -> None:
    others = [hung("GET", "/cups", websocket=True), hung("OPTIONS", "/cups"), hung("GET", "/pots/")]
    shown = [hung("GET", "/"), hung("GET", "/cups/"), hung("POST", "/pots/"), hung("GET", "/pots")]
    assert rests([*others, *shown]) == shown


def test_a_route_of_which_nothing_is_said_is_found() -> None:
    known, page = hung("GET", "/cups"), hung("GET", "/menu")
    assert unsaid([known, page], [CHAPTER], frozenset({"/menu"})) == set()
    assert unsaid([known, page, hung("PUT", "/cups", "/pot")], [CHAPTER], frozenset()) == {"GET /menu", "PUT /cups"}
