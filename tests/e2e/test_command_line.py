"""Every command as a process: what it prints where, and how it ends."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lmc import __version__
from lmc.cli.door import EXIT_CODES
from lmc.cli.main import COMMANDS
from tests.e2e.conftest import KEY, Inside, Shell, answer, environment, everything, write_project
from tests.e2e.provider import Provider


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shell, str]:
    """A project that has been built, whose LM is gone, and what the build printed."""
    base = tmp_path_factory.mktemp("built")
    provider = Provider(answer)
    write_project(base / "project", f'"openai/fake" {{ base_url: "{provider.url}", price_in: 1.0, price_out: 2.0 }}')
    lmc = Shell(base / "project", environment(base / "home", OPENAI_API_KEY=KEY))
    done = lmc("build", "main.lmp", "--json")
    provider.close()
    assert done.code == 0, done.err
    return lmc, done.out


@pytest.fixture
def project(built: tuple[Shell, str], tmp_path: Path) -> Inside:
    """A copy of it, to change, with the same LMC_HOME; in this process."""
    shutil.copytree(built[0].folder, tmp_path / "project")
    return Inside(tmp_path / "project", built[0].env)


def test_a_build_as_json_is_one_object(built: tuple[Shell, str]) -> None:
    (line,) = built[1].splitlines()
    found = json.loads(line)
    names = ["program", "baseline", "tuned", "served_calls", "cached_calls", "tokens", "seconds", "passes", "files"]
    assert set(names) <= found.keys()
    assert found["program"] == "main.lmp"
    for name in ("baseline", "tuned"):
        assert found[name].keys() == {"score", "n", "low", "high"}
        assert found[name]["n"] == 20
        assert 0 <= found[name]["low"] <= found[name]["score"] <= found[name]["high"] <= 1
    assert found["tuned"]["score"] > found["baseline"]["score"]
    assert 0 < found["served_calls"] <= 180
    assert found["tokens"] == 10 * found["served_calls"]
    assert found["dollars"] == pytest.approx(found["served_calls"] * (7 * 1.0 + 3 * 2.0) / 1e6)
    assert found["seconds"] > 0
    assert [sorted(one) for one in found["passes"]] == [["calls", "name", "outcome", "reused"]] * len(found["passes"])
    assert found["files"] == [
        "main.lock.json",
        "out/prompts/Main.verdict.md",
        "out/prompts/Main.verdict.json",
        "out/python/main.py",
    ]
    assert all((built[0].folder / name).is_file() for name in found["files"])


def test_a_second_build_spends_nothing_and_touches_nothing(project: Inside) -> None:
    before = everything(project.folder)
    done = project("build", "main.lmp")
    assert done.code == 0
    assert "Main: fresh, nothing spent" in done.out
    assert "as they were: main.lock.json, out/prompts/Main.verdict.md" in done.out
    assert done.err == ""
    assert project("build", "main.lmp", "--frozen", "--check").out.endswith("main.lmp: everything is as it would be\n")
    found = project("build", "main.lmp", "main.lmp", "--json").out.splitlines()
    assert [json.loads(line)["served_calls"] for line in found] == [0, 0]
    assert everything(project.folder) == before


def test_where_in_a_project_the_program_lies_makes_no_lock_stale(project: Inside) -> None:
    whole = project.folder.with_name("whole")
    shutil.copytree(project.folder, whole / "programs" / "parity")
    (whole / "programs" / "parity" / "pyproject.toml").rename(whole / "pyproject.toml")
    moved = Inside(whole / "programs", project.env)
    done = moved("build", "parity/main.lmp", "--frozen", "--check")
    assert done.code == 0, done.err


def test_frozen_refuses_what_is_stale_and_says_what_changed(project: Inside) -> None:
    source = project.folder / "main.lmp"
    source.write_text(source.read_text().replace("Is the number", "Is this number"))
    before = everything(project.folder)
    for options in (["--frozen"], ["--check"], ["--frozen", "--check", "--json"]):
        done = project("build", "main.lmp", *options)
        assert (done.code, done.out) == (4, "")
        assert "error[LMP0501]: the tuning of `Main` is stale: source changed since" in done.err
    assert everything(project.folder) == before
    (project.folder / "main.lock.json").unlink()
    done = project("build", "main.lmp", "--frozen")
    assert done.code == 4
    assert "error[LMP0502]: `Main` has not been tuned" in done.err


def test_check_shows_a_diff_and_writes_nothing(project: Inside) -> None:
    page = project.folder / "out/prompts/Main.verdict.md"
    page.write_text(page.read_text().replace("even or odd", "odd or even"))
    (project.folder / "out/python/main.py").unlink()
    before = everything(project.folder)
    done = project("build", "main.lmp", "--check")
    assert done.code == 4
    assert "error[LMP0503]: `out/prompts/Main.verdict.md` is not what the program and its lock give" in done.err
    assert "-Is the number odd or even?" in done.err
    assert "+Is the number even or odd?" in done.err
    assert "error[LMP0503]: `out/python/main.py` is missing" in done.err
    assert "main.lmp: 2 files" in done.out
    assert everything(project.folder) == before
    done = project("build", "main.lmp")
    assert "wrote out/prompts/Main.verdict.md, out/python/main.py" in done.out


def test_rows_are_scored_out_of_the_cache(project: Inside) -> None:
    done = project("eval", "main.lmp", "--role", "test", "--json")
    assert done.code == 0, done.err
    assert done.json.keys() >= {"program", "module", "role", "score", "n", "low", "high", "failed", "served_calls"}
    assert (done.json["n"], done.json["served_calls"], done.json["cached_calls"]) == (20, 0, 20)
    written = project("eval", "main.lmp", "--role", "test", "--as-written", "--rows")
    *rows, summary = written.out.splitlines()
    assert [json.loads(row).keys() for row in rows] == [{"id", "score", "value", "problem"}] * 20
    assert re.fullmatch(
        r"Main: \d+\.\d %  \[\d+\.\d, \d+\.\d\]  on 20 test rows, 0 failed; 0 LM calls, 20 cached", summary
    )


def test_an_explained_evaluation_says_what_its_metric_is_worth(project: Inside) -> None:
    done = project("eval", "main.lmp", "--role", "test", "--explain")
    assert done.code == 0, done.err
    assert "the wanted value itself" in done.out
    assert re.search(r"^  row \S+: 0\.00  ", done.out, re.MULTILINE)
    assert "warning[LMP0336]: 20 rows show a difference of" in done.err
    found = project("eval", "main.lmp", "--role", "test", "--explain", "--json").json["metric"]
    assert [one["kind"] for one in found["baselines"]] == ["wanted", "constant", "other", "copy"]
    assert "LMP0336" in [one["code"] for one in found["findings"]]


def test_a_module_runs_on_an_input_given_in_any_way(project: Inside) -> None:
    (row, *_) = map(json.loads, project("eval", "main.lmp", "--rows", "--limit", "1").out.splitlines()[:1])
    text = next(
        one["text"] for one in map(json.loads, (project.folder / "numbers.jsonl").read_text().splitlines())
        if one["id"] == row["id"]
    )  # fmt: skip
    given = json.dumps({"text": text})
    for args, stdin in (
        (["-i", f"text={text}"], ""),
        (["-i", "text=-"], text),
        (["--input-json", given], ""),
        (["--input-json", "-", "--module", "Main"], given),
    ):
        done = project("run", "main.lmp", *args, input=stdin)
        assert (done.code, done.out, done.err) == (0, f"{row['value']}\n", "")
    assert project("run", "main.lmp", "-i", f"text={text}", "--json").out == json.dumps(row["value"]) + "\n"
    traced = project("run", "main.lmp", "-i", f"text={text}", "--trace")
    assert traced.out == f"{row['value']}\n"
    assert f'Main.verdict({{"text": "{text}"}})' in traced.err
    assert "(7 tokens in, 3 out, cached)" in traced.err


def test_the_plan_says_the_most_that_a_run_and_a_build_can_take(project: Inside) -> None:
    done = project("plan", "main.lmp", "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json["run"]["calls"] == 2  # a reply that does not fit is asked for once more
    (build,) = done.json["build"]
    assert (build["calls"], build["train"], build["dev"], build["test"]) == (180, 16, 24, 20)
    said = project("plan", "main.lmp").out
    assert "one run of Main: at most 2 LM calls" in said
    assert "tuning Main: at most 180 LM calls" in said


def test_core_is_a_program_that_means_the_same(project: Inside) -> None:
    core = project("ir", "main.lmp")
    assert (core.code, core.err) == (0, "")
    (project.folder / "main.lmp").write_text(core.out)
    assert project("ir", "main.lmp").out == core.out
    assert project("check", "main.lmp").code == 0
    assert project("build", "main.lmp", "--frozen", "--check").code == 0
    tuned = project("ir", "main.lmp", "--tuned").out
    assert "demos: [" in tuned
    assert tuned != core.out


def test_formatting_writes_the_one_form_and_check_only_tells(project: Inside) -> None:
    path = project.folder / "main.lmp"
    assert project("fmt", "main.lmp").code == 0
    canonical = path.read_text()
    path.write_text(canonical.replace("  in text", "     in    text"))
    done = project("fmt", "--check", "main.lmp")
    assert (done.code, done.out, done.err) == (4, "", "main.lmp: not in canonical form\n")
    assert project("fmt", "-", input=path.read_text()).out == canonical
    done = project("fmt", "main.lmp")
    assert (done.code, done.out, done.err) == (0, "", "formatted main.lmp\n")
    assert path.read_text() == canonical


def test_check_prints_to_standard_output_in_every_form(project: Inside) -> None:
    assert project("check", "main.lmp") == project("check", "main.lmp", "--strict")
    (project.folder / "main.lmp").write_text((project.folder / "main.lmp").read_text() + "type Unused = int\n")
    done = project("check", "main.lmp")
    assert (done.code, done.err) == (0, "")
    assert "warning[LMP0106]" in done.out
    assert project("check", "main.lmp", "--strict").code == 1
    assert project("check", "main.lmp", "--format", "concise").out.startswith("main.lmp:23:6: warning[LMP0106]")
    assert [one["code"] for one in project("check", "main.lmp", "--format", "json").json] == ["LMP0106"]
    assert project("check", "main.lmp", "--format", "sarif").json["runs"][0]["results"][0]["ruleId"] == "LMP0106"


def test_codes_are_explained(lmc: Shell, inside: Inside) -> None:
    assert lmc("explain", "lmp101").out.startswith("# LMP0101: ")
    assert {"code", "title", "page"} == inside("explain", "LMP0100", "--json").json.keys()
    assert all(re.match(r"LMP\d{4}  \S", line) for line in inside("explain").out.splitlines())
    done = inside("explain", "LMP9999")
    assert (done.code, done.out) == (2, "")
    assert "error[LMP0900]" in done.err


def test_models_are_listed(inside: Inside) -> None:
    (row,) = inside("model", "list", "--json").json
    assert (row["name"], row["here"], row["path"]) == ("smollm2-135m", False, None)
    done = inside("model", "path", "smollm2-135m")
    assert (done.code, done.out) == (3, "")
    assert "lmc model pull smollm2-135m" in done.err


def test_the_version(lmc: Shell) -> None:
    done = lmc("--version")
    assert (done.code, done.out, done.err) == (0, f"lmc, version {__version__}\n", "")


def test_the_script_is_the_module(lmc: Shell) -> None:
    script = Path(sys.executable).with_name("lmc")
    if not script.exists():
        pytest.skip("lmc is not installed as a script")
    found = subprocess.run([script, "--version"], env=lmc.env, capture_output=True, text=True, check=True)
    assert found.stdout == f"lmc, version {__version__}\n"


def test_help_names_every_command_and_exit_code(inside: Inside) -> None:
    done = inside("--help")
    assert done.code == 0
    for command in COMMANDS:
        assert re.search(rf"^  {command} ", done.out, re.MULTILINE)
        assert inside(command, "--help").code == 0
    for code, _ in EXIT_CODES:
        assert re.search(rf"^  {code} ", done.out, re.MULTILINE)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["buidl"], "Did you mean 'build'?"),
        (["model", "pul"], "Did you mean 'pull'?"),
        (["build", "main.lmp", "--frozn"], "--frozen"),
        (["build"], "Missing argument 'FILE...'"),
        (["eval", "main.lmp", "--role", "tset"], "'tset' is not one of 'train', 'dev', 'test'"),
    ],
)
def test_a_slip_of_the_fingers_is_told(inside: Inside, args: list[str], says: str) -> None:
    done = inside(*args)
    assert (done.code, done.out) == (2, "")
    assert says in done.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete(lmc: Shell, shell: str) -> None:
    script = lmc(_LMC_COMPLETE=f"{shell}_source")
    assert script.code == 0
    assert f"_LMC_COMPLETE={shell}_complete" in script.out
    if shell == "bash":
        offered = lmc(_LMC_COMPLETE="bash_complete", COMP_WORDS="lmc e", COMP_CWORD="1").out
        assert offered.split() == ["plain,eval", "plain,export", "plain,explain"]


def test_colour_comes_when_it_is_asked_for(lmc: Shell) -> None:
    """`Shell` itself refuses colour, carriage returns and tracebacks in everything else."""
    command = [sys.executable, "-m", "lmc", "check", "x.lmp"]
    env = {**lmc.env, "CLICOLOR_FORCE": "1"}
    found = subprocess.run(command, cwd=lmc.folder, env=env, capture_output=True, text=True)
    assert "\x1b[" in found.stderr
    assert "\x1b[" not in lmc("check", "x.lmp", CLICOLOR_FORCE="1", NO_COLOR="1").err
