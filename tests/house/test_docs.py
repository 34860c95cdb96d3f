"""The documents: what they name exists, what they show runs, and what they call missing is missing."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from werkzeug.exceptions import HTTPException

from eliza.runtime.character import Character
from tests.house_kit import House
from tests.services.node import node
from tests.services.processes import ROOT, Process, Server, clean_environment, free_port
from tests.services.waiting import eventually

README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
DOCUMENTS = {"README.md": README, "CONTRIBUTING.md": CONTRIBUTING, "CHANGELOG.md": (ROOT / "CHANGELOG.md").read_text()}

_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
_NOBODY_SETS = {"ELIZA_CRASH_AT", "FLASK_RUN_FROM_CLI", "NODE_ENV"}
"""Read, and not an operator's business: for the crash tests, set by Flask, shown by one route of elizaOS."""
_SET_UP = (".eliza", ".venv", "node_modules")
_SEARCHED = ("eliza", "tests", "examples", "benchmarks", "scripts", "static", "templates")
_PATH = re.compile(rf"(?<![\w./-])(?:{'|'.join(_SEARCHED)})/[\w./-]*\w")
_PAGE = ("/", "/static/", "/chat/", "/group/", "/<elsewhere:path>")
_SAYS_SO = "What makes you feel sad?"
"""What the rule-based model answers to somebody who is sad."""


# Variables


def test_every_variable_that_the_code_reads_is_documented() -> None:
    read = _read_by_the_code() - _NOBODY_SETS

    assert {name for name in read if f"# {name}=" not in EXAMPLE} == set()
    assert read - set(_VARIABLE.findall(README)) == set()


@pytest.mark.parametrize("document", [README, CONTRIBUTING, EXAMPLE], ids=["README", "CONTRIBUTING", ".env.example"])
def test_no_document_names_a_variable_that_the_code_does_not_know(document: str) -> None:
    sources = "".join(path.read_text() for path in (ROOT / "eliza").rglob("*.py"))

    assert {name for name in _VARIABLE.findall(document) if f'"{name}"' not in sources} == set()


def test_the_defaults_of_the_readme_are_those_of_the_example() -> None:
    shown = dict(re.findall(r"^# ([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))

    assert {name: shown[name] for name in _defaults()} == _defaults()


# Commands and paths


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_make_target_that_is_named_exists(name: str) -> None:
    named = set(re.findall(r"(?:`|^    )make ([a-z]+)", DOCUMENTS[name], re.MULTILINE))

    assert named - _targets() == set()


def test_every_make_target_is_named() -> None:
    assert {target for target in _targets() - {"help"} if f"make {target}" not in README + CONTRIBUTING} == set()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_path_that_is_named_exists(name: str) -> None:
    document = DOCUMENTS[name]
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", document) if "://" not in link]
    quoted = [word for word in re.findall(r"`([\w.-]+(?:/[\w.-]+)*)`", document) if _is_file_name(word)]

    assert {path for path in [*links, *quoted, *_PATH.findall(document)] if not _exists(path)} == set()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_module_that_is_to_be_run_exists(name: str) -> None:
    assert {
        module for module in re.findall(r"python3? -m ([\w.]+)", DOCUMENTS[name]) if find_spec(module) is None
    } == set()


def test_no_heading_that_is_linked_to_is_missing() -> None:
    anchors = {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^##+ (.+)$", README, re.M)
    }

    assert set(re.findall(r"\]\(#([^)]+)\)", README)) - anchors == set()


# Routes


def test_every_route_that_is_documented_exists(small_house: House) -> None:
    named = [(method, path) for method, path in re.findall(r"`(GET|POST|PATCH|DELETE) (/[^`]+)`", README)]

    assert named
    assert [call for call in named if not _answers(small_house, *call)] == []


def test_every_route_begins_with_something_that_the_readme_names(small_house: House) -> None:
    named = tuple(re.findall(r"`(?:GET )?(/[\w/.-]+)`", README.partition("\nNot there:")[0]))

    assert [rule for rule in _rules(small_house) if not rule.startswith((*named, *_PAGE[1:])) and rule != "/"] == []


def test_what_the_readme_calls_missing_is_missing(small_house: House) -> None:
    missing = re.findall(r"`(/[\w/-]+)`", README.partition("\nNot there:")[2].partition("\n## ")[0])

    assert [rule for rule in _rules(small_house) if rule.startswith(tuple(missing))] == []


# Examples


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server as ``make run`` starts it, with the rule-based model for it is there at once."""
    quiet = {"ELIZA_LOCAL_MODEL": "off", "ELIZA_MODEL_PROVIDER": "classic"}
    running = Server(tmp_path_factory.mktemp("docs"), env=quiet).wait_until_ready()
    yield running
    running.kill()


def test_the_character_is_one_without_anything_odd() -> None:
    ada = _ada()

    assert ada.unknown_keys == ()
    assert (ada.name, len(ada.message_examples)) == ("Ada", 2)


def test_the_rest_client_prints_the_answer(server: Server, tmp_path: Path) -> None:
    printed = _run([sys.executable, str(ROOT / "examples" / "chat.py"), server.url, "I am sad"], tmp_path)

    assert printed == f"{_SAYS_SO}\n"


def test_the_socket_client_prints_the_conversation(server: Server, tmp_path: Path) -> None:
    printed = _run([node(), str(ROOT / "examples" / "chat.mjs"), server.url, "I am sad"], tmp_path)

    assert printed == f"1 User: I am sad\n2 Eliza: {_SAYS_SO}\n"


def test_the_program_with_a_server_inside_serves_its_own_agent(tmp_path: Path) -> None:
    port = free_port()
    env = {**clean_environment(tmp_path), "SERVER_PORT": str(port), "ELIZA_LOCAL_MODEL": "off"}
    program = Process([sys.executable, "-m", "examples.embed"], log_path=tmp_path / "log", env=env, cwd=ROOT)
    try:
        chat = [sys.executable, str(ROOT / "examples" / "chat.py"), f"http://127.0.0.1:{port}", "I am sad"]
        answer = eventually(lambda: _printed_or_nothing(chat, tmp_path, program), within=30)
    finally:
        program.kill()

    assert answer == f"{_SAYS_SO}\n"


def test_the_tests_of_that_program_pass(tmp_path: Path) -> None:
    test = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(ROOT / "examples" / "test_embed.py")]

    assert "3 passed" in _run(test, tmp_path)


@pytest.mark.skipif(shutil.which("curl") is None, reason="There is no curl here.")
def test_the_calls_of_the_readme_work_one_after_the_other(server: Server, tmp_path: Path) -> None:
    script = next(block for block in _blocks("sh") if "curl" in block).replace("http://127.0.0.1:3000", server.url)

    printed = _run(["sh", "-euc", script], tmp_path)

    assert '"agentResponse"' in printed
    assert "event: done" in printed
    assert '"seq":4' in printed.rpartition('{"success"')[2]


@pytest.mark.parametrize("language", ["js", "python"])
def test_what_the_readme_quotes_stands_in_the_examples(language: str) -> None:
    suffixes = {"js": ".mjs", "python": ".py"}
    examples = ["\n".join(_stripped(path.read_text())) for path in (ROOT / "examples").glob(f"*{suffixes[language]}")]

    blocks = ["\n".join(_stripped(block)) for block in _blocks(language)]

    assert blocks
    assert [block for block in blocks if not any(block in example for example in examples)] == []


def _read_by_the_code() -> set[str]:
    """The names that are looked up in the process environment or the settings made of it."""
    trees = [ast.parse(path.read_text()) for path in (ROOT / "eliza").rglob("*.py")]
    return {name for tree in trees for name in _looked_up(tree)}


def _looked_up(tree: ast.Module) -> Iterator[str]:
    constants = _constants(tree)
    for call in (found for found in ast.walk(tree) if isinstance(found, ast.Call) and _looks_up(found.func)):
        for argument in call.args:
            value = argument.value if isinstance(argument, ast.Starred) else argument
            named = constants.get(value.id, ()) if isinstance(value, ast.Name) else _texts(value)
            yield from (name for name in named if re.fullmatch(r"[A-Z][A-Z0-9_]{3,}", name))


def _constants(tree: ast.Module) -> Mapping[str, tuple[str, ...]]:
    assigned = [statement for statement in tree.body if isinstance(statement, ast.Assign)]
    return {target.id: _texts(one.value) for one in assigned for target in one.targets if isinstance(target, ast.Name)}


def _texts(value: ast.expr) -> tuple[str, ...]:
    parts = value.elts if isinstance(value, ast.Tuple) else [value]
    return tuple(part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))


def _looks_up(function: ast.expr) -> bool:
    """``setting(…)``, whatever is asked of the variables ``given``, and ``get`` of ``env``, ``values``, ``os.environ``.

    A WSGI ``environ`` is something else.
    """
    if isinstance(function, ast.Name):
        return function.id == "setting"
    if not isinstance(function, ast.Attribute):
        return False
    of = function.value
    if ast.unparse(of) == "given":
        return True
    if function.attr != "get":
        return False
    return ast.unparse(of) in {"env", "values", "os.environ"} or (isinstance(of, ast.Attribute) and of.attr == "env")


def _defaults() -> dict[str, str]:
    """The defaults in the README's table of variables, where it states one for each name of the row."""
    rows = re.findall(r"^\| (`[A-Z][^|]*) \| ([^|]*) \|", README.partition("\n## Configuration")[2], re.MULTILINE)
    pairs = [(re.findall(r"`([A-Z_]+)`", names), re.findall(r"`([^`]+)`", values)) for names, values in rows]
    return {
        name: value
        for names, values in pairs
        if len(names) == len(values)
        for name, value in zip(names, values, strict=True)
    }


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def _is_file_name(word: str) -> bool:
    return re.search(r"\.(?:py|md|json|toml|mjs|txt)$|^\.\w+/\w|^\.env", word) is not None and word != ".env"


def _exists(path: str) -> bool:
    if path.startswith(_SET_UP) or (ROOT / path).exists():
        return True
    return "/" not in path and any(True for _ in (ROOT / "eliza").rglob(path))


def _rules(house: House) -> list[str]:
    return [rule.rule for rule in house.server.app.url_map.iter_rules()]


def _answers(house: House, method: str, path: str) -> bool:
    try:
        house.server.app.url_map.bind("localhost").match(re.sub(r"\{\w+\}", str(UUID(int=1)), path), method)
    except HTTPException:
        return False
    return True


def _ada() -> Character:
    return Character.parse(orjson.loads((ROOT / "examples" / "ada.json").read_bytes()))


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def _stripped(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


def _run(command: list[str], folder: Path) -> str:
    done = _finished(command, folder)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def _printed_or_nothing(command: list[str], folder: Path, program: Process) -> str:
    assert program.is_running, program.log
    done = _finished(command, folder)
    return done.stdout if done.returncode == 0 else ""


def _finished(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    env = clean_environment(folder)
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)
