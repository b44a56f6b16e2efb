"""What the gateway promises, each as a trial that raises `Broken` when it does not hold. They run in this order."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

from config.local.gateway.ground import CLERK, GUEST, PASSWORD, Answer, Ground
from config.local.processes import wait_until

SECURITY_HEADERS = (
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Referrer-Policy",
    "Content-Security-Policy",
    "Strict-Transport-Security",
    "X-Request-Id",
)
_MADE_UP = "00000000-0000-7000-8000-000000000000"


class Broken(Exception):
    """A promise does not hold; the message says what was seen."""


def _require(holds: bool, seen: object) -> None:
    if not holds:
        raise Broken(str(seen))


def _statuses(answers: list[Answer]) -> list[int]:
    return [answer.status for answer in answers]


def _log(ground: Ground, part: str) -> list[dict[str, str]]:
    """The lines of the log with this part, once there are any: nginx writes when a request has ended."""
    wait_until(lambda: any(part in line["event"] for line in ground.log()), seconds=10)
    return [line for line in ground.log() if part in line["event"]]


def spreads_requests(ground: Ground) -> None:
    """requests go to both web processes"""
    with ThreadPoolExecutor(max_workers=8) as crowd:
        answers = list(crowd.map(lambda _: ground.get("/api/v1/hotels"), range(40)))
    _require(_statuses(answers) == [200] * 40, _statuses(answers))
    asked = {line["upstream"].rpartition(":")[2] for line in ground.log() if "hotels" in line["event"]}
    _require(asked == {str(port) for port in ground.web_ports}, asked)


def outlives_a_web_process(ground: Ground) -> None:
    """a web process dies, and neither a read nor a write is lost"""
    ground.stack.kill("web1")
    reads = [ground.get("/api/v1/hotels") for _ in range(20)]
    writes = [
        ground.post("/api/v1/auth/signup", {"email": f"n{n}@example.com", "password": PASSWORD, "full_name": "N"})
        for n in range(4)
    ]
    ground.stack.start("web1")
    _require(_statuses(reads) == [200] * 20, _statuses(reads))
    _require(_statuses(writes) == [201] * 4, _statuses(writes))


def carries_request_ids(ground: Ground) -> None:
    """a request id goes through to the platform and into the log; a malformed one is replaced; there is one only"""
    kept = ground.get("/api/v1/hotels", X_Request_Id="checkout-4711")
    made = ground.get("/api/v1/hotels", X_Request_Id='a"b{}c')
    _require(kept.all("X-Request-Id") == ["checkout-4711"], kept.all("X-Request-Id"))
    _require(len(made.all("X-Request-Id")) == 1 and '"' not in made.all("X-Request-Id")[0], made.headers)
    ids = {"checkout-4711", made.all("X-Request-Id")[0]}
    # (The line is written after the answer.)
    logged = wait_until(lambda: ids <= {line["request_id"] for line in ground.log()}, seconds=5)
    _require(logged, "not in the log")


def bounds_bodies(ground: Ground) -> None:
    """a body of more than a megabyte is refused before it reaches a web process"""
    answer = ground.send(
        "POST", "/api/v1/bookings", body=b" " * 1_100_000, headers={"Content-Type": "application/json"}
    )
    _require((answer.status, answer.json()["code"]) == (413, "body_too_large"), answer)
    refusals = _log(ground, " 413")
    _require([line["upstream"] for line in refusals] == [""], refusals)


def hides_the_inside(ground: Ground) -> None:
    """probes, metrics and the questions to the platform are not for the world"""
    paths = ("/readyz", "/metrics", "/metrics/", "/_verify", "/_verify/front_desk")
    _require([ground.get(path).status for path in paths] == [404] * len(paths), "answered")
    _require("nginx/" not in str(ground.get("/livez").headers), "tells its version")


def asks_before_the_second_service(ground: Ground) -> None:
    """the second service is for those with a token or key, its desk for those with the role"""
    guest, clerk, key = ground.token(GUEST), ground.token(CLERK), f"Api-Key {ground.key}"
    nobody = ground.get("/partners/list")
    _require((nobody.status, nobody.json()["code"]) == (401, "not_authenticated"), nobody)
    _require(len(nobody.all("WWW-Authenticate")) == 1, nobody.headers)
    forged = ground.get("/partners/list", Authorization=guest[:-4] + "AAAA")
    _require(forged.status == HTTPStatus.UNAUTHORIZED, forged)
    reads = [ground.get("/partners/list", Authorization=who).status for who in (guest, clerk, key)]
    _require(reads == [200, 200, 200], reads)
    desk = [ground.get("/partners/desk/", Authorization=who).status for who in (guest, clerk, key)]
    _require(desk == [403, 200, 403], desk)
    sneaked = [ground.get(path, Authorization=guest).status for path in ("/partners//desk/", "/partners/x/../desk/")]
    _require(sneaked == [403, 403], sneaked)


def tells_the_second_service_who_asks(ground: Ground) -> None:
    """the second service gets the caller's identity, never what the client made up, and never the token"""
    answer = ground.send(
        "GET",
        "/partners/list?of=all",
        headers={
            "Authorization": ground.token(CLERK),
            "X-User-Id": _MADE_UP,
            "X-User-Roles": "platform_admin",
            "X-Key-Id": _MADE_UP,
            "X-Forwarded-For": "198.51.100.7",
            "Forwarded": "for=198.51.100.7",
            "Cookie": "sessionid=x",
        },
    )
    told = {name.lower(): value for name, value in answer.json()["headers"].items()}
    _require(answer.json()["path"] == "/partners/list?of=all", answer.json()["path"])
    _require(told["x-user-roles"].startswith("front_desk@") and told["x-user-id"] != _MADE_UP, told)
    _require(told.get("x-key-id", "") == "", told)
    _require(told["x-forwarded-for"] == "127.0.0.1", told)
    _require(not {"authorization", "cookie", "forwarded"} & set(told), told)


def guards_every_answer(ground: Ground) -> None:
    """each answer, the gateway's own refusals too, has the security headers, and each of them once"""
    guest = ground.token(GUEST)
    paths = ("/", "/api/v1/hotels", "/api/v1/nothing", "/readyz", "/partners/x", "/_verify", "/admin/login/")
    answers = [ground.get(path) for path in paths] + [
        ground.get("/partners/x", Authorization=guest),
        ground.get("/partners/desk/", Authorization=guest),
    ]
    for path, answer in zip((*paths, "/partners/x", "/partners/desk/"), answers, strict=True):
        wrong = {name: answer.all(name) for name in SECURITY_HEADERS if len(answer.all(name)) != 1}
        _require(not wrong, f"{path} {answer.status}: {wrong}")


def limits_signing_in(ground: Ground) -> None:
    """whoever tries passwords in a row is slowed down, and everything else goes on"""
    wrong = {"email": "nobody@example.com", "password": "a wrong password"}
    with ThreadPoolExecutor(max_workers=8) as crowd:
        answers = list(crowd.map(lambda _: ground.post("/api/v1/auth/token", wrong), range(40)))
    refused = [answer for answer in answers if answer.status == HTTPStatus.TOO_MANY_REQUESTS]
    _require(len(refused) >= len(answers) // 4, _statuses(answers))
    _require(all(len(answer.all("Retry-After")) == 1 for answer in refused), refused[0].headers)
    _require(ground.get("/api/v1/hotels").status == HTTPStatus.OK, "closed for all")


def stays_shut_without_the_platform(ground: Ground) -> None:
    """with every web process dead the second service is shut, not open"""
    guest = ground.token(GUEST)
    for name in ("web1", "web2"):
        ground.stack.kill(name)
    answers = [ground.get("/partners/list", Authorization=guest), ground.get("/api/v1/hotels")]
    for name in ("web1", "web2"):
        ground.stack.start(name)
    _require(_statuses(answers) == [503, 503], _statuses(answers))
    _require(answers[0].json()["code"] == "service_busy", answers[0].body)

    def opened() -> bool:
        return ground.get("/partners/list", Authorization=guest).status == HTTPStatus.OK

    _require(wait_until(opened, seconds=20, pause=0.2), "does not open again")


PROMISES: tuple[Callable[[Ground], None], ...] = (
    spreads_requests,
    outlives_a_web_process,
    carries_request_ids,
    bounds_bodies,
    hides_the_inside,
    asks_before_the_second_service,
    tells_the_second_service_who_asks,
    guards_every_answer,
    stays_shut_without_the_platform,
    limits_signing_in,
)
