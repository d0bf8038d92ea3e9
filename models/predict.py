"""python -m models.predict FILE…: tag texts and articles with a checkpoint."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from data.article import Article
from data.formats import format_of
from data.jsonl import FileError, read_objects, to_line
from data.page import Page

from .folder import CLAIMS
from .inputs import changes, count_inputs, files_of, read_inputs, untagged, whole
from .output import FAULTS, Output, OutputError
from .runner import RELEASED, CheckpointError

if TYPE_CHECKING:
    from .tagger import Tagger


def main(argv: list[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    if options.resume and not options.output:
        _parser().error("--resume needs -o: standard output cannot be gone on with")
    if options.ray is not None and options.ray < 1:
        _parser().error(f"--ray: {options.ray} workers tag nothing; give 1 or more")
    if options.ray and not options.output:
        _parser().error("--ray needs -o: Ray writes messages of its own to standard output")

    from transformers.utils import logging

    from .tagger import ClaimError

    failures: tuple[type[Exception], ...] = (CheckpointError, ClaimError, OutputError)
    if options.ray:
        try:
            from .ray_predict import ClusterError
        except ModuleNotFoundError as error:
            _parser().error(f"--ray needs Ray Data ({error}); install it by pip install -e '.[ray]'")
        failures += (ClusterError,)
    # oneDNN keeps the code that it makes for every shape of a batch: 1,024 by default, which grow to 400 MiB in bf16.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "128")
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    signal.signal(signal.SIGTERM, _stop)
    try:
        return _predict(options)
    except failures as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        print(f"error: {error}; README.md says which extra has it", file=sys.stderr)
        return 2
    except OSError as error:
        place = error.filename or options.output or "standard output"
        print(f"error: {place}: {error.strerror}; {_kept(options.output)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"stopped; {_kept(options.output)}", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m models.predict",
        description="Tag Arabic texts with entities and stance frames. Output is Qawl JSONL, one article a line in the "
        "order of the input, with a score on everything; offsets are code points into the text as it was given.",
        epilog="A broken file or record is named on standard error and, where there is an output file, in "
        "OUTPUT.faults.jsonl, and passed over; the exit code is then 1. "
        "Examples: python -m models.predict news.jsonl letter.txt -o tagged.jsonl --view tagged.html; "
        "python -m models.predict news.jsonl --checkpoint runs/ans -o held.jsonl --claim 'توصل الطرفان إلى اتفاق'",
    )
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help=".jsonl, .jsonl.gz or .parquet of articles (id, text), a .txt, which is one article, or a folder of such files",
    )
    parser.add_argument(
        "--checkpoint",
        default=str(RELEASED),
        help="folder that python -m training wrote (default: models/released, which comes with the project)",
    )
    parser.add_argument(
        "--claim",
        metavar="TEXT",
        help="hold every article against this claim: who is for it, who against, and the sentences that show it. The "
        "ranking is printed on standard error, and the page is in its order",
    )
    parser.add_argument("-o", "--output", help=".jsonl or .parquet file to write (default: standard output)")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with the output of a run that was stopped, which then is what an undisturbed run would have written",
    )
    parser.add_argument(
        "--ray",
        type=int,
        metavar="WORKERS",
        help="tag by Ray Data with so many processes of one core each, on the cluster of RAY_ADDRESS or else on this "
        "machine; needs -o (extra: ray)",
    )
    parser.add_argument("--view", metavar="HTML", help="also write a right-to-left page to read in a browser")
    parser.add_argument(
        "--precision",
        choices=("auto", "fp32", "bf16"),
        default="auto",
        help="arithmetic of the encoder; auto is bf16 where the processor has it (default). Graphs are run by OpenVINO, in "
        "bf16 or, if they were exported for it, in 8 bits, where it is installed (extra: openvino)",
    )
    return parser


def _predict(options: argparse.Namespace) -> int:
    from .ranking import Rank, print_ranking
    from .tagger import Tagger

    read = {path.resolve() for path in files_of(options.files)}
    for name in filter(None, (options.output, options.view)):
        if Path(name).resolve() in read:
            raise OutputError(name, None, "is read as well; name another output")
    tagger = Tagger.from_pretrained(options.checkpoint, options.precision, "cpu" if options.ray else None)
    before = changes(options.files)
    held: list[Article] = []  # against a claim, where there is no file to read them from again
    with ExitStack() as stack:
        output = None
        if options.output:
            run = {
                "inputs": before,
                "checkpoint": _digest(Path(options.checkpoint)),
                "claim": options.claim,
                "precision": tagger.runner.precision,
            }
            output = stack.enter_context(Output(options.output, run, resume=options.resume))
            if output.finished:
                print(f"{options.output} is whole; there is nothing to go on with", file=sys.stderr)
                _show(options)
                return 1 if _faults_of(options.output).exists() else 0
        faults = _Faults(output)  # after the output, which no other run writes now
        page = _page(stack, options) if options.view and not output else None
        done = output.done if output else 0
        claims = None if options.claim is None else [options.claim]
        tagged = _tagged(stack, options, tagger, claims, faults, done)
        for article in _shown(tagged, count_inputs(options.files), done):
            if output:
                output.write(article)
                continue
            sys.stdout.write(to_line(article))
            if claims:
                held += [article] if article.claims else []
            elif page:
                page.add(article)
        if changes(options.files) != before:
            faults.add(FileError(", ".join(options.files), None, "changed while it was read; tag it again"))
        if output:
            output.finish()
        if held and page:
            for article in sorted(held, key=lambda article: Rank.of(article).order):
                page.add(article)
    if output:
        _show(options)
    elif claims:
        print_ranking(map(Rank.of, held))
    if faults.count:
        print(f"{faults.count} broken inputs were passed over{faults.where}", file=sys.stderr)
    return 1 if faults.count else 0


def _tagged(
    stack: ExitStack,
    options: argparse.Namespace,
    tagger: Tagger,
    claims: list[str] | None,
    faults: _Faults,
    done: int,
) -> Iterator[Article]:
    """The tagged articles after the first ``done``."""
    parquet = bool(options.output and options.output.endswith(".parquet"))
    if options.ray:
        from .ray_predict import cluster, tag

        if claims:
            tagger.stance(options.claim, "")  # a claim that cannot be judged is told before a cluster is asked
        stack.enter_context(cluster(options.ray))
        return tag(
            options.files,
            done=done,
            checkpoint=options.checkpoint,
            precision=tagger.runner.precision,
            claims=claims,
            workers=options.ray,
            parquet=parquet,
            on_fault=faults.add,
            on_untagged=faults.untagged,
        )
    articles = read_inputs(options.files, faults.add)
    if parquet:
        articles = whole(articles, faults.add)
    for _ in islice(articles, done):
        pass
    return tagger.stream(articles, claims, lambda *fault: faults.untagged(untagged(*fault)))


def _faults_of(output: str | Path) -> Path:
    return Path(f"{output}{FAULTS}")


class _Faults:
    """Names what is broken on standard error and, beside an output file, in a file of its own.

    A run that goes on reads its inputs again from the start, and so finds again what is broken in them; but an article
    that the stopped run has written untagged is not tagged again, so its fault is kept.
    """

    def __init__(self, output: Output | None):
        self.output = output
        self.path = _faults_of(output.path) if output else None
        self.count = self._keep() if output else 0

    @property
    def where(self) -> str:
        return f"; they are listed in {self.path}" if self.path else ""

    def add(self, error: FileError) -> None:
        self._add(error, {})

    def untagged(self, error: FileError) -> None:
        # Articles are tagged a chunk at a time, so what is written now tells whether the article's own chunk is later.
        after = {"after": self.output.done} if self.output else {}
        self._add(error, after)

    def _add(self, error: FileError, more: dict[str, int]) -> None:
        self.count += 1
        tqdm.write(f"error: {error}", file=sys.stderr)
        if self.path:
            with open(self.path, "a", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(_line({"file": error.path, "line": error.line, "problem": error.problem, **more}))

    def _keep(self) -> int:
        """Keep the faults of the articles that are not tagged again, and return how many they are."""
        kept = []
        if self.output.done and self.path.exists():
            found = (fault for _, fault in read_objects(self.path, lambda error: None))
            kept = [fault for fault in found if fault.get("after", self.output.done) < self.output.done]
        if not kept:
            self.path.unlink(missing_ok=True)
            return 0
        new = Path(f"{self.path}.writing")
        new.write_text("".join(map(_line, kept)), encoding="utf-8", errors="backslashreplace")
        os.replace(new, self.path)
        return len(kept)


def _line(fault: dict[str, Any]) -> str:
    return json.dumps(fault, ensure_ascii=False) + "\n"


def _shown(articles: Iterable[Article], total: int, done: int) -> Iterator[Article]:
    """The articles, with a bar that shows the words tagged a second and the time left."""
    words = 0
    with tqdm(total=total, initial=done, unit=" articles", desc="tagging", file=sys.stderr, dynamic_ncols=True) as bar:
        for article in articles:
            yield article
            words += len(article.text.split())
            bar.set_postfix_str(f"{words / max(bar.format_dict['elapsed'], 1e-9):,.0f} words/s", refresh=False)
            bar.update()


def _page(stack: ExitStack, options: argparse.Namespace) -> Page:
    stream = stack.enter_context(open(options.view, "w", encoding="utf-8", errors="replace"))
    return stack.enter_context(Page(stream, "قول: " + ", ".join(Path(f).name for f in options.files)))


def _show(options: argparse.Namespace) -> None:
    """Print the ranking and write the page of a finished output, also of what an earlier, stopped run tagged."""
    from .ranking import Rank, print_ranking

    def articles() -> Iterator[Article]:
        form = format_of(options.output, Path(options.output).suffix.removeprefix("."))  # Output takes no others
        for article in form.read(options.output, None):
            if options.claim is None or article.claims is not None:  # those that could not be tagged have none
                yield article

    if options.claim is not None:
        print_ranking(map(Rank.of, articles()))
    if options.view:
        shown = articles()
        with ExitStack() as stack:
            page = _page(stack, options)
            for article in shown if options.claim is None else sorted(shown, key=lambda a: Rank.of(a).order):
                page.add(article)


def _digest(checkpoint: Path) -> str:
    """A hash of the checkpoint's files."""
    digest = hashlib.sha256()
    for folder in (checkpoint, checkpoint / CLAIMS):
        for path in sorted([*folder.glob("*.safetensors"), *folder.glob("*.onnx"), *folder.glob("config.json")]):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _kept(output: str | None) -> str:
    if not output:
        return "nothing was kept"
    if not Path(f"{output}.partial").exists():
        return "no output is left half written"
    return f"what was tagged is in {output}.partial, --resume goes on with it"


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
