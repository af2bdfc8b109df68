"""scripts/lint: one of each fault is planted in a copy of src, and seen refused.

A plant is a new file, so that no more than that is compiled; all stand in one copy, and lint looks
at it once.
"""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

REPO = pathlib.Path(__file__).resolve().parents[2]
LAYERS = ["cmd", "engine", "sys", "core", "base"]
BANNED = """strcpy strcat strncpy strncat strtok sprintf vsprintf gets atoi atol atoll atof
    localtime gmtime ctime asctime rand""".split()
CONVERSIONS = ["%f", "%5.2d", "%i", "%o", "%X", "%hd", "%+d", "%#x", "%p", "%-"]
OLD = 1  # a header of this age makes nothing anew


def function(body, before=""):
    return f"#include <stddef.h>\n{before}\nint plant(void);\nint plant(void)\n{{\n{body}\n}}\n"


def calls(expression, before=""):
    return function(f"\treturn (int)({expression});", before)


def includes():
    """Each layer that includes one to its left, in the forms that the compiler takes."""
    for right, layer in enumerate(LAYERS):
        for other in LAYERS[:right]:
            header = next((REPO / "src" / other).glob("*.h")).name
            yield (f"{layer}/plant_{other}.c", f'#include "{other}/{header}"\n',
                   f"2: may not include {other}/{header}")
    yield "core/plant_angle.c", "# include <sys/udp.h>\n", "2: may not include sys/udp.h"
    yield "core/plant_dots.c", '#include "../sys/udp.h"\n', "2: may not include ../sys/udp.h"
    yield "sys/plant_here.c", '#include "udp.h"\n', "2: may not include udp.h"


def libraries():
    """What core and base may not take of the C library, by its header and without."""
    for name in ["time", "stdio", "unistd", "signal", "poll", "fcntl", "pthread", "sys/socket",
                 "sys/types", "netinet/in", "arpa/inet", "linux/filter", "setjmp"]:
        said = f"2:<{name}.h>: not in core or base"
        yield f"core/plant_{name.replace('/', '_')}.c", f"#include <{name}.h>\n", said
    yield "base/plant_fcntl.c", "#include <fcntl.h>\n", "2:<fcntl.h>: not in core or base"
    yield "core/plant_time.h", "\t#include <time.h>\n", "2:<time.h>: not in core or base"


def symbols():
    for name, expression, before in [
            ("time", "time(NULL)", ""),
            ("clock_gettime", "clock_gettime(0, NULL)", ""),
            ("socket", "socket(2, 2, 0)", "int socket(int, int, int);"),
            ("sendto", "sendto(0)", "int sendto(int);"),
            ("open", 'open("x", 0)', "int open(const char *, int, ...);"),
            ("read", "read(0, NULL, 0)", "long read(int, void *, size_t);"),
            ("syscall", "syscall(1)", "long syscall(long, ...);"),
            ("puts", 'puts("x")', ""),
            ("getenv", 'getenv("X") != NULL', ""),
            ("qsort", "(qsort(NULL, 0, 0, NULL), 0)", ""),
            ("realloc", "realloc(at, 1) != NULL", "extern void *at;")]:
        for layer in ["core", "base"]:
            yield f"{layer}/plant_call_{name}.c", calls(expression, before), f" may not use {name}"
    for name in ["exit", "_exit", "abort"]:
        before = "_Noreturn void _exit(int);"
        call = f"\t{name}({'' if name == 'abort' else 1});"
        yield f"core/plant_{name}.c", function(call, before), f" may not use {name}"


def statics():
    for name, text in [
            ("local", function("\tstatic int kept;\n\treturn kept++;")),
            ("file", function("\treturn kept++;", "static int kept;")),
            ("set", function("\treturn kept++;", "static int kept = 1;")),
            ("pointer", function("\treturn *(kept++);", 'static const char *kept = "x";')),
            ("thread", function("\treturn kept++;", "static _Thread_local int kept;")),
            ("shared", function("\treturn kept;", "extern int kept;\nint kept;"))]:
        for layer in ["core", "base"]:
            yield f"{layer}/plant_static_{name}.c", text, r" a mutable static: kept"


def cjson():
    by_hand = "int cJSON_GetArraySize(const void *);"
    for layer in ["core", "base", "cmd"]:
        yield (f"{layer}/plant_cjson.c", "#include <cJSON.h>\n",
               "2:<cJSON.h>: only src/base/json.c may include it")
        said = "only .*json.c may use it" if layer == "cmd" else "may not use cJSON_GetArraySize"
        yield f"{layer}/plant_cjson_call.c", calls("cJSON_GetArraySize(NULL)", by_hand), f".*{said}"
    yield "cmd/plant_cjson_quoted.c", '#include "cJSON.h"\n', "2: may not include cJSON.h"


def banned():
    for layer in LAYERS:
        yield (f"{layer}/plant_banned.c", "".join(f"void *a_{name} = {name};\n" for name in BANNED),
               *(rf'{line}:\d+: error: attempt to use poisoned "{name}"'
                 for line, name in enumerate(BANNED, 2)))
    builtin = "extern char *to;\nextern const char *from;"
    yield ("cmd/plant_builtin.c", calls("*__builtin_strcpy(to, from)", builtin),
           " strcpy: is banned")


def large():
    text = "extern char to[9];\nextern double number;\nextern void *at;\n"
    for name, expression in [("printf", 'printf("%d", (int)number)'),
                             ("puts", '(printf("x\\n"), 0)'),
                             ("snprintf", 'snprintf(to, 9, "%g", number)'),
                             ("fopen", 'fopen("x", "r") != NULL'),
                             ("sscanf", 'sscanf(to, "%lf", &number)'),
                             ("strtod", "strtod(to, NULL)"), ("realloc", "realloc(at, 1) != NULL"),
                             ("getaddrinfo", "getaddrinfo(1)")]:
        own = "int getaddrinfo(int);" if name == "getaddrinfo" else ""
        for layer in ["cmd", "sys"]:
            yield (f"{layer}/plant_large_{name}.c", calls(expression, text + own),
                   f" {name}: too large")


def sizes():
    lines = "\t(void)0;\n" * 60
    yield "cmd/plant_function.c", function(lines + "\treturn 0;"), "6: a function of 62 lines"
    yield "core/plant_file.c", "int plant;\n" + "\n" * 400, " 402 lines, over 400"
    yield "base/plant_line.c", f"extern int {'a' * 89};\n", "2: a long line"
    yield "base/plant_line.h", f"extern int {'a' * 89};\n", "2: a long line"


def others():
    yield ("cmd/plant_formats.c", '#include "base/str.h"\n' + "".join(
        f'#define A{i} "x{one} y"\n' for i, one in enumerate(CONVERSIONS)) + 'extern int a;\n',
           *(f'{line}:"x{re.escape(one)}.*: a conversion that str_addf lacks'
             for line, one in enumerate(CONVERSIONS, 3)))
    yield "core/plant_alone.h", "bool plant(void);\n", " does not compile alone"
    yield "engine/plant_broken.c", "int plant\n", r"\d+:\d+: error: "


def plants():
    for kind in [includes, libraries, symbols, statics, cjson, banned, large, sizes, others]:
        for name, text, *said in kind():
            yield pytest.param(f"src/{name}", text, said, id=name)


PLANTS = list(plants())


def lint(folder):
    """Its exit status and what it says, without its prefix."""
    ended = subprocess.run([REPO / "scripts" / "lint", folder], capture_output=True, text=True,
                           check=False, env={**os.environ, "CJSON_DIR": str(cjson_folder())})
    lines = (ended.stdout + ended.stderr).splitlines()
    return ended.returncode, [line.removeprefix("lint: ") for line in lines]


def cjson_folder():
    return (REPO / os.environ.get("CJSON_DIR", "build/cjson")).resolve()


def copy(folder):
    """What lint looks at, as it was built here and with the same times."""
    for name in ["src", "build/obj", "build/include"]:
        shutil.copytree(REPO / name, folder / name, symlinks=True)
    for name in ["Makefile", "tests/rules.mk", "scripts/version"]:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy2(REPO / name, folder / name)
    return folder


@pytest.fixture(name="found", scope="module")
def fixture_found(tmp_path_factory):
    """What lint finds in a copy with all plants."""
    folder = copy(tmp_path_factory.mktemp("planted"))
    for name, text, _ in (plant.values for plant in PLANTS):
        assert not (folder / name).exists(), name
        (folder / name).write_text("/* planted */\n" + text, "utf-8")
        if name.endswith(".h"):
            os.utime(folder / name, (OLD, OLD))
    status, lines = lint(folder)
    assert status == 1
    return lines


def test_a_clean_copy_passes(tmp_path):
    assert lint(copy(tmp_path)) == (0, ["ok"])


@pytest.mark.parametrize("name, text, said", PLANTS)
def test_refused(found, name, text, said):
    mine = [line.removeprefix(name + ":") for line in found if line.startswith(name + ":")]
    for each in said:
        assert any(re.match(each, line) for line in mine), (each, text, mine)


def test_nothing_else_is_refused(found):
    names = {plant.values[0] for plant in PLANTS}
    assert [line for line in found if line.split(":")[0] not in names] == []
