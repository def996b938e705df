"""presenti's link routes: first parties' `/api/link`, and `/api/user/me/pipe` (spec/presenti.md 4.9 and 4.10)."""

from dataclasses import dataclass

from actors.accounts import Pipe
from actors.bulletin import LinkNews, Topic
from actors.errors import Refused
from actors.house import House
from actors.messages.directory import Learn
from actors.presence import Subject
from web import json
from web.dialects.presenti import codec, people
from web.dialects.presenti.callers import Callers
from web.memory import Memory
from web.routing import Route
from web.views import Answer, Request, json_answer


@dataclass(frozen=True, slots=True)
class Links:
    """The views and what they need."""

    house: House
    callers: Callers
    memory: Memory

    def routes(self) -> tuple[Route, ...]:
        """All of them."""
        return (
            Route("POST", "/api/link", self.add),
            Route("GET", "/api/link", self.show),
            Route("DELETE", "/api/link", self.remove),
            Route("GET", "/api/link/user", self.show_user),
            Route("GET", "/api/link/bulk/<platform>", self.show_all),
            Route("PATCH", "/api/link/<uuid>/pipe", self.steer),
            Route("PATCH", "/api/user/me/pipe/<uuid>", self.steer_own),
            Route("DELETE", "/api/user/me/pipe/<uuid>", self.remove_own),
        )

    def add(self, request: Request) -> Answer:
        """`POST /api/link`."""
        self.callers.first_party(request)
        wanted = people.new_link(json.read(request.body()))
        pipe = self.memory.add_pipe(wanted.provider, wanted.id, wanted.account, wanted.direction)
        self._tell(Topic.LINK_ADDED, pipe, learn=True)
        return json_answer(people.link(pipe))

    def show(self, request: Request) -> Answer:
        """`GET /api/link`."""
        self.callers.first_party(request)
        return json_answer(people.link(self._meant(request)))

    def show_user(self, request: Request) -> Answer:
        """`GET /api/link/user`: "user object with platforms: null"."""
        self.callers.first_party(request)
        try:
            pipe = self._meant(request)
        except Refused:
            raise Refused("unknown-account") from None
        subject = self.callers.account(pipe.account)
        if subject is None:
            raise Refused("unknown-account")
        return json_answer(people.user(subject, None))

    def show_all(self, request: Request) -> Answer:
        """`GET /api/link/bulk/{platform}`; an unknown platform is a 400, as in v1.2."""
        self.callers.first_party(request)
        known = self.memory.pipes_to(people.provider(request.path["platform"]))
        return json_answer({"links": [people.scoped_link(pipe, name) for pipe, name in known]})

    def steer(self, request: Request) -> Answer:
        """`PATCH /api/link/{uuid}/pipe`."""
        self.callers.first_party(request)
        return self._steered(self._by_uuid(request), request)

    def remove(self, request: Request) -> Answer:
        """`DELETE /api/link`."""
        self.callers.first_party(request)
        return self._removed(self._meant(request))

    def steer_own(self, request: Request) -> Answer:
        """`PATCH /api/user/me/pipe/{uuid}`: one's own link alone."""
        return self._steered(self._owned(request), request)

    def remove_own(self, request: Request) -> Answer:
        """`DELETE /api/user/me/pipe/{uuid}`: one's own link alone."""
        return self._removed(self._owned(request))

    def _steered(self, pipe: Pipe, request: Request) -> Answer:
        steered = self.memory.steer_pipe(pipe.uuid, people.direction_of(json.read(request.body())))
        if steered is None:
            raise Refused("unknown-link")
        self._tell(Topic.LINK_CHANGED, steered)
        return json_answer(people.link(steered))

    def _removed(self, pipe: Pipe) -> Answer:
        removed = self.memory.remove_pipe(pipe.uuid)
        if removed is None:
            raise Refused("unknown-link")
        self._tell(Topic.LINK_REMOVED, removed, learn=True)
        return json_answer(codec.OK)

    def _meant(self, request: Request) -> Pipe:
        asked = people.link_query(request.query())
        return _presentis(self.memory.pipe(asked.uuid, asked.provider, asked.id, asked.account))

    def _by_uuid(self, request: Request) -> Pipe:
        return _presentis(self.memory.pipe(request.path["uuid"]))

    def _owned(self, request: Request) -> Pipe:
        caller = self.callers.somebody(request)
        if "first-party" in caller.scopes:
            raise Refused("first-party-identity")
        return _presentis(self.memory.pipe(request.path["uuid"], account=caller.account))

    def _tell(self, topic: Topic, pipe: Pipe, *, learn: bool = False) -> None:
        """The house knows before the answer goes out, without waiting for the follower; first parties hear of it."""
        subject: Subject | None = self.memory.account(pipe.account)
        if subject is None:  # it was removed meanwhile, with its links
            return
        if learn:
            self.house.directory.ask(Learn(subject))
        self.house.bulletin.post(topic, LinkNews(pipe, subject.name))


def _presentis(pipe: Pipe | None) -> Pipe:
    if pipe is None or not people.known((pipe,)):
        raise Refused("unknown-link")
    return pipe
