"""A customer's browser without a browser: pages by httpx, forms followed by hand."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx


@dataclass
class Form:
    """One form of a page: where it goes, what is in it, and which buttons send it."""

    action: str = ""
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.words: list[str] = []
        self._link = self._button = None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        match tag:
            case "form":
                self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
            case "input" | "select":
                self.forms[-1].fields[given["name"]] = given.get("value") or ""
                if given.get("type") == "checkbox" and "checked" not in given:
                    del self.forms[-1].fields[given["name"]]
            case "button":
                self._button = (given.get("name", ""), given.get("value", ""))
            case "a":
                self._link = given["href"]

    def handle_endtag(self, tag):
        if tag == "a":
            self._link = None

    def handle_data(self, data):
        text = " ".join(data.split())
        if not text:
            return
        self.words.append(text)
        if self._link is not None:
            self.links.setdefault(text, self._link)
        if self._button is not None:
            self.forms[-1].buttons.append((text, *self._button))
            self._button = None


class Customer:
    """Follows redirects on the simulator's own pages, and stops where one leads to the shop."""

    def __init__(self) -> None:
        self.http = httpx.Client(trust_env=False, timeout=10)
        self.answer: httpx.Response | None = None
        self.arrived: dict[str, str] | None = None
        """The query with which the customer came back to the shop."""

    def close(self) -> None:
        self.http.close()

    def open(self, url: str):
        return self._see(self.http.get(url))

    @property
    def page(self) -> _Parser:
        parser = _Parser()
        parser.feed(self.answer.text)
        return parser

    @property
    def text(self) -> str:
        return " ".join(self.page.words)

    def follow(self, text: str):
        """Open the link with this text."""
        return self.open(urljoin(str(self.answer.url), self.page.links[text]))

    def press(self, button: str, **values: str):
        """Send the form that has this button, with these values typed."""
        form, sent = next(
            (form, (name, value)) for form in self.page.forms for text, name, value in form.buttons if text == button
        )
        assert form.method == "post"
        data = {**form.fields, **values, **({sent[0]: sent[1]} if sent[0] else {})}
        return self._see(self.http.post(urljoin(str(self.answer.url), form.action), data=data))

    def _see(self, answer: httpx.Response):
        self.arrived = None
        while answer.status_code == 303:
            target = urljoin(str(answer.url), answer.headers["location"])
            if urlsplit(target).path == "/thanks":
                self.arrived = dict(parse_qsl(urlsplit(target).query))
                return self
            answer = self.http.get(target)
        self.answer = answer
        return self
