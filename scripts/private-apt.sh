# Sourced by the fetch-* scripts: packages of other releases or machines, with an apt state of our own in a
# temporary directory, so that this machine's own packages stay as they are. SPDX-License-Identifier: GPL-2.0-or-later

# private_apt ARCHITECTURE SUITE...: make "${apt[@]}" know these suites, from the mirror that this machine itself
# uses, and leave a directory for downloads in $work
private_apt() {
    local architecture=$1 mirror suite
    shift
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
    mirror=$(apt-get indextargets --format '$(REPO_URI)|$(ORIGIN)|$(RELEASE)' 'Created-By: Packages' |
        grep '|Debian|' | grep -v security | cut -d'|' -f1 | sort -u | head -n 1)
    [ -n "$mirror" ] || {
        echo "${0##*/}: apt knows no Debian mirror; run apt-get update first" >&2
        exit 1
    }
    for suite in "$@"; do
        echo "deb [arch=$architecture] $mirror $suite main"
    done >"$work/sources.list"
    apt=(apt-get -q "-oAPT::Architecture=$architecture" "-oAPT::Architectures=$architecture"
        "-oDir::Etc::SourceList=$work/sources.list" -oDir::Etc::SourceParts=/dev/null
        -oDir::State::status=/dev/null "-oDir::State::Lists=$work/lists"
        "-oDir::Cache=$work/cache" -oAPT::Sandbox::User=)
    "${apt[@]}" update >&2
}

# private_download [OPTION]... PACKAGE...: bring packages into $work
private_download() {
    (cd "$work" && "${apt[@]}" download "$@" >&2)
}
