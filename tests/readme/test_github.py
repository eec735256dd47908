"""What a forge is told in `.github`; `.ci/run` checks the files against their schemas and for weaknesses."""

import re
import tomllib

import pytest

from tests.readme.pages import ROOT

GITHUB = ROOT / ".github"
WORKFLOWS = {file.stem: file.read_text() for file in sorted((GITHUB / "workflows").glob("*.yml"))}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_each_action_is_pinned_by_its_whole_hash(name: str) -> None:
    """With its version beside it; a tag could be moved. The same action is the same commit everywhere."""
    uses = re.findall(r"uses: (.*)$", WORKFLOWS[name], re.MULTILINE)
    assert uses and [one for one in uses if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)] == []
    everywhere = set(re.findall(r"uses: (.*)$", "\n".join(WORKFLOWS.values()), re.MULTILINE))
    assert len({one.partition("@")[0] for one in everywhere}) == len(everywhere)


def test_workflows_run_what_is_in_the_repository() -> None:
    """`.ci/run` on both systems, also weekly; the package under each interpreter that is declared."""
    assert "- run: .ci/run\n" in WORKFLOWS["ci"] and "- run: .ci/run\n" in WORKFLOWS["weekly"]
    assert "ubuntu-" in WORKFLOWS["ci"] and "macos-" in WORKFLOWS["ci"]
    matrix = re.findall(r"python: \[(.*)\]", WORKFLOWS["ci"])[-1]
    declared = [one.rpartition(" ")[2] for one in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", one)]
    assert re.findall(r"[\d.]+", matrix) == declared
    assert (ROOT / "tests" / "package.py").is_file()


def test_a_release_has_no_token_and_only_the_last_job_may_publish() -> None:
    """Trusted publishing: the right to ask for an identity is that job's alone."""
    build, publish = WORKFLOWS["release"].split("\n  publish:\n")
    assert "secrets." not in WORKFLOWS["release"] and "password" not in WORKFLOWS["release"]
    assert "id-token: write" in publish and "id-token" not in build
    assert "environment:" in publish


def test_weekly_takes_the_caps_away() -> None:
    """Its expression leaves no dependency with a cap."""
    expression, replacement = re.findall(r"sed -i -E 's/(.*)/(.*)/' pyproject", WORKFLOWS["weekly"])[0]
    text = re.sub(expression, replacement, (ROOT / "pyproject.toml").read_text(), flags=re.MULTILINE)
    assert [one for one in tomllib.loads(text)["project"]["dependencies"] if "<" in one] == []
    assert [one for one in PROJECT["dependencies"] if "<" in one]


def test_pages_of_the_forge_lead_into_the_manual() -> None:
    """Relative links exist; the form for bugs asks for `doctor`, and is sent to no other place than the security page."""
    for name in ("SECURITY.md", "CONTRIBUTING.md"):
        links = re.findall(r"\]\(([^)]+)\)", (GITHUB / name).read_text())
        assert links
        assert [one for one in links if not one.startswith("../../security/") and not (GITHUB / one).is_file()] == []
    form = (GITHUB / "ISSUE_TEMPLATE" / "bug.yml").read_text()
    assert re.search(r"id: doctor\n(?:.*\n)*?\s+required: true", form)
