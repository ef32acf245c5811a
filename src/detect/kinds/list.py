"""The kinds of alarm and the readers of notes, as the files of this folder define them.

A kind is KIND(ID, "name", "Title", floor per second, floor in ms) = {...} in a file of this folder; a reader is
NOTE_READER(name) = {...}. What must know all of them is made from that when the build is configured: the list in
C (event.h has it), the names in the schema, the files to compile.

    list.py files FOLDER SUFFIX       names of files, one a line
    list.py names FOLDER EVENT_H      names of kinds, one a line, as in the events, with the amplifiers of event.h
    list.py all FOLDER FILE...        fails if there are other files: the build must be configured again
    list.py header FOLDER OUT DEPS    the list in C; what it rests on, in make's words
"""
import pathlib
import re
import sys

KIND = re.compile(r'^KIND\(\s*(\w+),\s*"([a-z0-9_]+)",\s*"([^"\\]+)",\s*([0-9]+),\s*([0-9]+)\s*\)\s*=', re.M)
AMPLIFIER = re.compile(r'^\tY\(X, \w+, "([a-z0-9_]+)"', re.M)
READER = re.compile(r'^NOTE_READER\((\w+)\)\s*=', re.M)


def files(folder, suffix=".c"):
    return sorted(p for p in pathlib.Path(folder).glob("*" + suffix))


def found(folder):
    kinds, readers = [], []
    for path in files(folder):
        text = path.read_text()
        if len(re.findall(r"^KIND\(", text, re.M)) != len(KIND.findall(text)):
            sys.exit(f'{path}: a kind begins KIND(ID, "name", "Title", whole floor per second, whole floor in ms) = {{')
        kinds += KIND.findall(text)
        readers += READER.findall(text)
    for column in 0, 1:
        names = [k[column] for k in kinds]
        for name in names:
            if names.count(name) > 1:
                sys.exit(f"{folder}: two kinds are called {name}")
    return kinds, readers


def macro(name, rows):
    return " \\\n".join([f"#define {name}(X)"] + ["\t" + r for r in rows]) + "\n"


def header(folder, out, deps):
    kinds, readers = found(folder)
    text = (
        "// Made from src/detect/kinds/ when the build was configured.\n"
        "#ifndef WEIR_KINDS_H\n#define WEIR_KINDS_H\n\n"
        "// X(id, name, title, floor [1/s], floor [ms])\n"
        + macro("EVENT_KINDS", [f'X({i}, "{n}", "{t}", {per_s}, {ms})' for i, n, t, per_s, ms in kinds])
        + "// X(name)\n"
        + macro("NOTE_READERS", [f"X({r})" for r in readers])
        + "\n#endif\n"
    )
    out = pathlib.Path(out)
    if not out.exists() or out.read_text() != text:
        out.write_text(text)
    rests_on = " ".join(str(p).replace(" ", "\\ ") for p in files(folder))
    pathlib.Path(deps).write_text(f"{out.name}: {rests_on}\n")


def main(what, folder, *rest):
    if what == "files":
        print("\n".join(p.name for p in files(folder, *rest)))
    elif what == "names":
        amplifiers = AMPLIFIER.findall(pathlib.Path(*rest).read_text())
        print("\n".join([k[1] for k in found(folder)[0]] + [a + "_amplification" for a in amplifiers]))
    elif what == "all":
        news = sorted({p.name for p in files(folder)} ^ set(rest))
        if news:
            sys.exit(f"{folder}: {' '.join(news)}: came or went since the build was configured; meson setup --reconfigure BUILD")
    else:
        header(folder, *rest)


main(*sys.argv[1:])
