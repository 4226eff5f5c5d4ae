# SPDX-License-Identifier: MIT
# The sum of all test cases in the logs of meson test: cmocka's lines and TAP's
# (luaunit's too). Read by scripts that show one.
count() { # log... : leaves the figures in $passed, $bad and $skipped
    local logs
    logs=$(cat "$@")
    summed() { # FAILED or SKIPPED: cmocka lists them again, behind "N test(s), listed"
        awk -v what="$1" '$2 == what && $5 == "test(s)," {n += $4} END {print n + 0}' <<<"$logs"
    }
    passed=$(grep -E '^(\[       OK \]|ok +[0-9]+[[:space:]])' <<<"$logs" | grep -cvE '# SKIP')
    # A program that fails without a case that does: a leak, a crash, a time limit.
    local broken
    broken=$(awk '
        function judge() {n += ended != "" && ended !~ /^exit status (0|77)$/ && !told; ended = ""; told = 0}
        /^test: / {judge()}
        /^result: / {sub(/^result: +/, ""); ended = $0}
        /^not ok / || /^\[  FAILED  \]/ {told = 1}
        END {judge(); print n + 0}' <<<"$logs")
    bad=$(($(summed FAILED) + $(grep -cE '^not ok +[0-9]+[[:space:]]' <<<"$logs") + broken))
    skipped=$(($(summed SKIPPED) + $(grep -cE '^(1\.\.0|ok +[0-9]+[[:space:]].*) *# SKIP' <<<"$logs")))
    grep -E '^(# )?SKIPPED: ' <<<"$logs" | sort | uniq -c
}

# What failed in these logs: each program, how it ended, its cases that failed and
# its last words, short enough for the end of a log of which only the end is kept.
failures() { # log...
    cat "$@" | awk '
        function tell(   i) {
            if (cases != "" || ended != "" && ended !~ /^exit status (0|77)$/) {
                printf "FAILED: %s, %s\n%s", program, ended, cases
                for (i = said > 8 ? said - 8 : 0; i < said; i++) print "    " last[i % 8]
            }
            ended = cases = ""; said = 0
        }
        /^test: / {tell(); program = $2 " " $3 " " $4; next}
        /^result: / {sub(/^result: +/, ""); ended = $0; next}
        /^not ok / || /^\[  (FAILED  \] [a-z]|ERROR)/ || /(ERROR|SUMMARY): .*Sanitizer/ {
            if (!index(cases, $0)) cases = cases "    " $0 "\n"
            next
        }
        /^\[  FAILED|^\[       OK|^(  |Shadow byte legend)/ {next} # the legend of a sanitizer
        /^(=.*=|-+ std[a-z]+ -+|)$/ || /^[A-Za-z ]+: +[0-9:.]+s? *$/ || /^command: / {next}
        {last[said++ % 8] = $0}
        END {tell()}'
}
