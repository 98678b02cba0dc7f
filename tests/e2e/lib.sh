# SPDX-License-Identifier: GPL-2.0-only
# For end-to-end tests, to be sourced with the build folder as argument: a kernel of one's own in a runtime
# folder of one's own, and claims as TAP. Every command is ended after a while. end_tests comes last.
# shellcheck shell=bash
build=$(realpath "$1")
XDG_RUNTIME_DIR=$(mktemp -d) && export XDG_RUNTIME_DIR
tmp=$XDG_RUNTIME_DIR/tmp && mkdir "$tmp"
# shellcheck disable=SC2034 # for those who source this
pins=/sys/fs/bpf
nr=0 bad=0

trellis() { timeout -s KILL "${E2E_TIMEOUT:-40}" "$build/trellis" "$@" </dev/null; }
on_kernel() { trellis exec -- "$@"; }

# Starts a kernel of KIND host, q35, pc, microvm or com2 (q35 without virtio).
start_kernel() {
	local kind=$1
	shift
	case $kind in
	host) trellis up --backend host "$@" ;;
	com2) trellis up --serial "$@" ;;
	*) trellis up -M "$kind" "$@" ;;
	esac
}

finish() {
	"$build/trellis" down >/dev/null 2>&1
	rm -rf "$XDG_RUNTIME_DIR"
}
trap finish EXIT
trap 'exit 130' INT TERM

# claim SENTENCE COMMAND...: holds if the command succeeds.
claim() {
	local what=$1 out
	shift
	nr=$((nr + 1))
	if out=$("$@" 2>&1); then
		echo "ok $nr - $what"
	else
		echo "not ok $nr - $what"
		printf '%s\n' "$out" | tail -n 40 | sed 's/^/# /'
		bad=1
	fi
}

# skip SENTENCE WHY: what cannot be claimed here.
skip() {
	nr=$((nr + 1))
	echo "ok $nr - $1 # SKIP $2"
}

# says TEXT COMMAND...: it succeeds and its output has the text.
says() {
	local text=$1 out
	shift
	out=$("$@" 2>&1) || { echo "status $?: ${out:0:2000}"; return 1; }
	[[ $out == *"$text"* ]] || { echo "expected '$text', got: ${out:0:2000}"; return 1; }
}

# lacks PATTERN COMMAND...: it succeeds and no line of its output matches, capital letters or not.
lacks() {
	local pattern=$1 out
	shift
	out=$("$@" 2>&1) || { echo "status $?: ${out:0:2000}"; return 1; }
	grep -iE -- "$pattern" <<<"$out"
	# 2 is a pattern that is none.
	[ $? = 1 ]
}

# refuses TEXT COMMAND...: it fails, by itself, and its output has the text.
refuses() {
	local text=$1 out status=0
	shift
	out=$("$@" 2>&1) || status=$?
	# bpftool ends with any status, 137 is ours.
	if [ $status = 0 ] || [ $status = 137 ]; then
		echo "expected a refusal, got status $status: ${out:0:2000}"
		return 1
	fi
	[[ $out == *"$text"* ]] || { echo "expected '$text', got: ${out:0:2000}"; return 1; }
}

# ends STATUS TEXT COMMAND...: it ends with that status and its output has the text.
ends() {
	local want=$1 text=$2 out status=0
	shift 2
	out=$("$@" 2>&1) || status=$?
	[ $status = "$want" ] || { echo "expected status $want, got $status: ${out:0:2000}"; return 1; }
	[[ $out == *"$text"* ]] || { echo "expected '$text', got: ${out:0:2000}"; return 1; }
}

# lines TEXT COMMAND...: on the kernel it prints exactly this.
lines() { [ "$(on_kernel "${@:2}" 2>&1)" = "$1" ] || { on_kernel "${@:2}"; return 1; }; }

# equal TEXT TEXT, differ TEXT TEXT: what was printed twice, and printed at all.
equal() {
	[ -n "$1" ] || { echo "expected a text, got nothing"; return 1; }
	[ "$1" = "$2" ] || { diff <(printf '%s\n' "$1") <(printf '%s\n' "$2"); return 1; }
}
differ() { [ -n "$1" ] && [ -n "$2" ] && [ "$1" != "$2" ]; }

# nothing COMMAND...: it succeeds and prints nothing.
nothing() {
	local out
	out=$("$@" 2>&1) && [ -z "$out" ] || { echo "expected nothing, got: ${out:0:2000}"; return 1; }
}

# What is there: programs, maps, links and BTFs, by bpftool.
objects() {
	local kind
	for kind in prog map link btf; do on_kernel bpftool $kind list; done
}

# Waits until there is what was there: objects are freed after a grace period. Usage: back_to "$base"
back_to() {
	local now
	[ -n "$1" ] || { echo "expected a list of what was there, got nothing"; return 1; }
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		now=$(objects)
		[ "$now" = "$1" ] && return 0
		sleep 0.1
	done
	diff <(printf '%s\n' "$1") <(printf '%s\n' "$now")
	return 1
}

end_tests() {
	echo "1..$nr"
	exit $bad
}
