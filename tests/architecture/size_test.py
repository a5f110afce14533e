"""Files stay small enough to read at one sitting."""
import statistics

import source

LIMIT = 500


def lengths():
    return {source.name(path): len(path.read_text().splitlines()) for path in source.files()}


def test_no_file_is_longer_than_the_limit():
    counted = lengths()
    ordered = sorted(counted.values())
    tenth = statistics.quantiles(ordered, n=10)[-1]
    print(f"\n{len(ordered)} files, {sum(ordered)} lines: median {statistics.median(ordered):.0f}, "
          f"9 in 10 up to {tenth:.0f}, longest {ordered[-1]}")
    long = [f"{name}: {lines} lines" for name, lines in counted.items() if lines > LIMIT]
    assert not long, f"over {LIMIT} lines; split along an idea:\n" + "\n".join(long)


def test_nine_in_ten_are_under_450_lines():
    ordered = sorted(lengths().values())
    assert ordered[len(ordered) * 9 // 10] <= 450


def test_headers_have_one_guard_and_a_purpose():
    wrong = []
    for path in source.files():
        if path.suffix != ".h":
            continue
        text = path.read_text()
        if text.count("#pragma once") != 1:
            wrong.append(f"{source.name(path)}: needs '#pragma once' exactly once")
        if not text.startswith("//"):
            wrong.append(f"{source.name(path)}: must open with what it is for")
    assert not wrong, "\n".join(wrong)
