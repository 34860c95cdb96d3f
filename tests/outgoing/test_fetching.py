"""Fetching: documents of others, from where they may be fetched."""

import gzip
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from eliza.outgoing import AddressPolicy, CannotFetch, FetchFailed, FetchTimedOut, ForbiddenAddress, Outgoing, TooLarge
from tests.outgoing.site import Site, certificate_for, site
from tests.outgoing.torrent import heartbeat, torrent
from tests.services.processes import free_port

METADATA = "http://169.254.169.254/latest/meta-data/"


def outgoing(resolve: Callable[[str, int], Sequence[str]] | None = None, *allowed: str) -> Outgoing:
    """One that may call this machine, where the test's site stands."""
    return Outgoing(AddressPolicy.allowing(allowed or ["127.0.0.1"]), resolve=resolve or _nobody)


def get(from_: Outgoing, url: str, *, most_bytes: int = 1000, seconds: float = 5) -> bytes:
    return from_.fetch(url, most_bytes=most_bytes, seconds=seconds).content


def test_a_document_is_fetched_with_its_type(web: Site) -> None:
    web.shows("/a?b=c", b"Hello", "Content-Type: text/plain")

    fetched = outgoing().fetch(web.url("/a?b=c#d"), most_bytes=5, seconds=5, accept="text/*")

    assert (fetched.content, fetched.content_type) == (b"Hello", "text/plain")
    assert "Accept: text/*" in web.asked[0]
    assert not [line for line in web.asked[0].splitlines() if line.lower().startswith(("cookie", "authorization"))]


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://example.com/_x",
        "ftp://example.com/x",
        "data:text/plain,x",
        "javascript:alert(1)",
        "//example.com/x",
        "example.com",
        "",
        "http://",
        "http://user@example.com/",
        "http://user:secret@example.com/",
        "http://exa mple.com/",
        "http://example.com\\@127.0.0.1/",
        "http://[fe80::1%25eth0]/",
        "http://example.com:22/",
        "http://example.com:99999/",
        "http://example.com\r\nHost: x/",
        "http://127.0.0.1/",
        "http://localhost/",
        "http://2130706433/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://[::1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[fd00:ec2::254]/",
        METADATA,
        "http://metadata.google.internal/computeMetadata/v1/",
        "http://１２７.0.0.1/",  # noqa: RUF001  # Digits that only some programs take for digits.
        f"http://example.com/{'x' * 3000}",
    ],
)
def test_what_is_no_public_address_is_refused(url: str) -> None:
    public = Outgoing(resolve=lambda _host, _port: ["93.184.215.14"])

    with pytest.raises(ForbiddenAddress):
        get(public, url)


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "::ffff:10.0.0.7", "fe80::1"])
def test_a_name_that_leads_inside_is_refused(inside: str) -> None:
    with pytest.raises(ForbiddenAddress):
        get(Outgoing(resolve=lambda _host, _port: ["93.184.215.14", inside]), "http://pictures.example/")


def test_a_name_inside_cannot_be_told_from_one_that_does_not_exist() -> None:
    answers = [_refusal(Outgoing(resolve=lambda _host, _port: ["10.0.0.7"])), _refusal(Outgoing(resolve=_nobody))]

    assert answers[0] == answers[1]


def test_a_redirect_to_the_metadata_of_the_machine_is_refused(web: Site) -> None:
    web.redirects("/", METADATA)

    with pytest.raises(ForbiddenAddress) as refused:
        get(outgoing(), web.url())

    assert "169.254" not in refused.value.message


@pytest.mark.parametrize(
    "to", ["http://[::1", "http://a:b:c/", "http://exa\x01mple/", "http://\xad/", f"?{'x' * 70_000}"]
)
def test_a_redirect_to_what_is_no_address_is_refused(web: Site, to: str) -> None:
    web.answers["/"] = b"HTTP/1.1 302 Found\r\nLocation: " + to.encode("latin-1") + b"\r\nContent-Length: 0\r\n\r\n"

    with pytest.raises(ForbiddenAddress):
        get(outgoing(), web.url())


@pytest.mark.parametrize(
    "to", ["file:///etc/passwd", "gopher://127.0.0.1:6379/_x", "http://u:p@127.0.0.1/", "http://[::1]/"]
)
def test_a_redirect_passes_the_same_checks(web: Site, to: str) -> None:
    web.redirects("/", to)

    with pytest.raises(ForbiddenAddress):
        get(outgoing(), web.url())


def test_five_redirects_are_followed_and_no_sixth(web: Site) -> None:
    for number in range(6):
        web.redirects(f"/{number}", f"/{number + 1}")
    web.shows("/6", b"There")

    assert get(outgoing(), web.url("/1")) == b"There"
    with pytest.raises(FetchFailed):
        get(outgoing(), web.url("/0"))


def test_a_name_that_changes_its_meaning_leads_to_the_address_that_was_looked_at(web: Site) -> None:
    web.shows("/", b"Hello")
    meanings = [["127.0.0.1"], ["169.254.169.254"]]

    assert get(outgoing(lambda _host, _port: meanings.pop(0)), web.url(host="pictures.example")) == b"Hello"
    assert meanings == [["169.254.169.254"]]
    assert f"Host: pictures.example:{web.port}" in web.asked[0]


def test_after_a_redirect_the_name_is_looked_at_anew(web: Site) -> None:
    web.redirects("/", web.url("/there", host="pictures.example"))
    web.shows("/there", b"Hello")
    meanings = [["127.0.0.1"], ["169.254.169.254"]]

    with pytest.raises(ForbiddenAddress):
        get(outgoing(lambda _host, _port: meanings.pop(0)), web.url(host="pictures.example"))

    assert len(web.asked) == 1


def test_a_host_that_the_operator_opens_may_lie_inside(web: Site) -> None:
    web.shows("/", b"Hello")
    opened = outgoing(lambda _host, _port: ["127.0.0.1"], "images.intranet")

    assert get(opened, web.url(host="images.intranet")) == b"Hello"
    with pytest.raises(ForbiddenAddress):
        get(opened, web.url(host="other.intranet"))
    with pytest.raises(ForbiddenAddress):
        get(opened, web.url())


# Certificates


def test_the_certificate_must_bear_the_name_and_not_the_address(tmp_path: Path) -> None:
    certificate = certificate_for(tmp_path, "pictures.example")
    trusting = Outgoing(
        AddressPolicy.allowing(["127.0.0.1"]),
        resolve=lambda _host, _port: ["127.0.0.1"],
        trust=ssl.create_default_context(cafile=str(certificate)),
    )
    with site(certificate) as web:
        web.shows("/", b"Hello")

        assert get(trusting, web.url(host="pictures.example", scheme="https")) == b"Hello"
        for host in ("other.example", "127.0.0.1"):
            with pytest.raises(FetchFailed):
                get(trusting, web.url(host=host, scheme="https"))

        assert web.names[0] == "pictures.example"


def test_a_certificate_that_nobody_vouches_for_is_not_taken(tmp_path: Path) -> None:
    with site(certificate_for(tmp_path, "pictures.example")) as web, pytest.raises(FetchFailed):
        get(outgoing(lambda _host, _port: ["127.0.0.1"]), web.url(host="pictures.example", scheme="https"))


# Size and time


def test_what_says_that_it_is_too_large_is_not_read(web: Site) -> None:
    web.answers["/"] = b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"

    with pytest.raises(TooLarge):
        get(outgoing(), web.url())


def test_what_never_ends_is_cut_off(web: Site) -> None:
    with pytest.raises(TooLarge):
        get(outgoing(), web.url("/endless"), most_bytes=1 << 20)


@pytest.mark.parametrize("path", ["/hangs", "/endless"])
def test_time_is_for_all_of_it(web: Site, path: str) -> None:
    with pytest.raises(FetchTimedOut):
        get(outgoing(), web.url(path), most_bytes=1 << 40, seconds=0.05)


@pytest.mark.parametrize("path", ["/crumbs", "/interim"])
def test_who_sends_faster_than_we_read_keeps_nobody_waiting(path: str) -> None:
    pauses: list[float] = []
    with torrent() as port, heartbeat(pauses), pytest.raises((FetchFailed, FetchTimedOut)):
        get(outgoing(), f"http://127.0.0.1:{port}{path}", most_bytes=10 << 20, seconds=1)

    assert max(pauses) < 1


def test_what_comes_in_crumbs_is_not_gathered(web: Site) -> None:
    crumbs = b"1\r\nx\r\n" * 5000
    web.answers["/"] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + crumbs + b"0\r\n\r\n"

    with pytest.raises(FetchFailed):
        get(outgoing(), web.url(), most_bytes=10_000)


def test_what_is_compressed_is_not_opened(web: Site) -> None:
    web.shows("/", gzip.compress(bytes(100_000)), "Content-Encoding: gzip")

    with pytest.raises(FetchFailed):
        get(outgoing(), web.url(), most_bytes=1_000_000)
    assert "Accept-Encoding: identity" in web.asked[0]


# What a failure tells


def test_all_that_goes_wrong_at_the_other_end_looks_alike(web: Site) -> None:
    web.answers["/broken"] = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"
    web.answers["/nonsense"] = b"220 mail ready\r\n"
    closed = f"http://127.0.0.1:{free_port()}"

    urls = [web.url("/404"), web.url("/broken"), web.url("/nonsense"), closed]

    assert {_failure(outgoing(), url) for url in urls} == {("FETCH_FAILED", "could not be fetched")}


def test_a_failure_repeats_no_secret_of_the_address() -> None:
    with pytest.raises(ForbiddenAddress) as refused:
        get(Outgoing(), "http://ada:hunter2@127.0.0.1/x?token=abc")

    assert refused.value.message.startswith("http://127.0.0.1/x cannot")


def test_a_proxy_of_the_environment_is_not_asked(web: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with site() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url())
        web.shows("/", b"Hello")

        assert get(outgoing(), web.url()) == b"Hello"
        assert proxy.asked == []


def _nobody(_host: str, _port: int) -> Sequence[str]:
    raise OSError("Name or service not known")


def _refusal(from_: Outgoing) -> tuple[int, str, str]:
    with pytest.raises(CannotFetch) as refused:
        get(from_, "http://wiki.corp.example/")
    return refused.value.status, refused.value.code, refused.value.message


def _failure(from_: Outgoing, url: str) -> tuple[str, str]:
    with pytest.raises(CannotFetch) as failed:
        get(from_, url)
    return failed.value.code, failed.value.message.partition(" ")[2]
