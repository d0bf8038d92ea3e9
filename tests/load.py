"""Memory under load, of a checkpoint of any size.

python -m tests.load calls CHECKPOINT 10000       one Tagger, so many calls
python -m tests.load predict CHECKPOINT 20000     so many articles through python -m models.predict
"""

import gc
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from data.article import Article
from data.jsonl import read_jsonl, to_line

ROOT = Path(__file__).parents[1]
_PAGE = 4096  # bytes


def text(call: int) -> str:
    """One of many texts of one to five sentences."""
    return "نفت وزارة الصحة في دمشق الخبر، وقالت: «لا صحة له». " * (1 + call % 5) + f"وكان ذلك في {call}."


def memory(process: int | str = "self") -> float:
    """What a process holds in MiB."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE / 2**20


def calls(checkpoint: str, count: int) -> None:
    """Print the memory of this process and its Python objects after each tenth of the calls."""
    from models.tagger import Tagger

    tagger = Tagger.from_pretrained(checkpoint)
    for call in range(1, count + 1):
        tagger.tag(text(call))
        if call % (count // 10) == 0:
            gc.collect()
            print(f"{call:>7,} calls {memory():8.1f} MiB {len(gc.get_objects()):>9,} objects", flush=True)


def predict(checkpoint: str, count: int) -> None:
    """Print the memory of a batch run over the bundled articles, taken again and again, each time a tenth is written."""
    articles = [article for path in sorted((ROOT / "data/articles").glob("*.jsonl")) for article in read_jsonl(path)]
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/in.jsonl", "w", encoding="utf-8") as stream:
            stream.writelines(to_line(Article(str(i), articles[i % len(articles)].text)) for i in range(count))
        command = [sys.executable, "-m", "models.predict", f"{folder}/in.jsonl", "-o", f"{folder}/out.jsonl"]
        run = subprocess.Popen([*command, "--checkpoint", checkpoint], cwd=ROOT, stderr=subprocess.DEVNULL)
        partial, written, at = Path(f"{folder}/out.jsonl.partial"), 0, 0
        while run.poll() is None:
            if partial.exists():
                with open(partial, "rb") as stream:
                    stream.seek(at)
                    written += sum(part.count(b"\n") for part in iter(lambda: stream.read(1 << 20), b""))
                    at = stream.tell()
                if written >= count // 10:
                    print(f"{count:>7,} articles, another tenth is written: {memory(run.pid):8.1f} MiB", flush=True)
                    written -= count // 10
            time.sleep(0.2)
        whole = sum(1 for _ in read_jsonl(f"{folder}/out.jsonl"))
        print(f"exit code {run.returncode}, {whole:,} articles in the output")


if __name__ == "__main__":
    {"calls": calls, "predict": predict}[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
