"""Where the site sends to, and where it does not, whatever the address is written like."""

from ipaddress import ip_address

import pytest

from app.webhooks.addresses import Allowed, Refused, find, is_closed, read

NOWHERE = Allowed()
INSIDE = Allowed.of(["oa.example.gov.cn", "10.1.0.0/24", "127.0.0.1"])


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.com/x",
        "gopher://127.0.0.1:6379/_x",
        "https://",
        "https:///path",
        "https://user:secret@example.com/",
        "https://example.com@127.0.0.1/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://example.com/\r\nHost: other",
        "https://例子.cn/",
        "https://exam_ple!.com/",
        "https://" + "a" * 600 + ".com/",
        "http://example.com/",
        "http://10.1.1.1/",
        "https://10.0.0.1/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[::127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://192.168.1.1/",
        "https://172.16.0.1/",
    ],
)
def test_an_address_that_is_not_for_us_is_refused(url: str) -> None:
    with pytest.raises(Refused, match=r"\w"):
        read(url, NOWHERE)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost"])
def test_a_name_is_judged_by_what_it_resolves_to(host: str) -> None:
    """Also the ways to write a number that only the system's resolver understands."""
    with pytest.raises(Refused):
        find(read(f"https://{host}/", NOWHERE), NOWHERE)


def test_what_the_operator_names_is_allowed_and_nothing_beside_it() -> None:
    assert read("http://oa.example.gov.cn/x", INSIDE).path == "/x"
    assert read("http://10.1.0.7:8080/x?y=1", INSIDE).host_header == "10.1.0.7:8080"
    assert find(read("http://127.0.0.1:99/", INSIDE), INSIDE) == "127.0.0.1"
    for url in ("http://10.1.1.7/", "http://oa.example.gov.cn.example.com/", "https://127.0.0.2/"):
        with pytest.raises(Refused):
            read(url, INSIDE)
    named = Allowed.of(["localhost"])  # a name that was allowed does not lead to this machine
    with pytest.raises(Refused):
        find(read("http://localhost/", named), named)


def test_public_addresses_are_open() -> None:
    for address in ("1.1.1.1", "223.5.5.5", "2400:3200::1", "2606:4700::1111"):
        assert not is_closed(ip_address(address))
    assert read("https://hooks.example.com:8443", NOWHERE).host_header == "hooks.example.com:8443"
