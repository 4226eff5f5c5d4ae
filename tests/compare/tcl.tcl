# SPDX-License-Identifier: MIT
# What compare.py asks of each library, with Tcl's own. usage: ROW HOST PORT
lassign $argv row host port
fconfigure stdout -buffering line

# A line, within so many milliseconds, by the event loop.
proc line_within {s ms} {
    set ::done ""
    fconfigure $s -blocking 0
    fileevent $s readable [list apply {s {
        if {[gets $s text] >= 0} {set ::done $text} elseif {[eof $s]} {set ::done "the end"}
    }} $s]
    set timer [after $ms {set ::done timeout}]
    vwait ::done
    after cancel $timer
    fileevent $s readable {}
    return $::done
}

if {$row eq "unread"} {
    set server [socket -server {apply {{s args} {
        fconfigure $s -translation binary
        read $s 10
        puts -nonewline $s [string repeat x 200000]
        close $s
        set ::done 1
    }}} -myaddr 127.0.0.1 0]
    puts [lindex [fconfigure $server -sockname] 2]
    vwait done
    exit
}
if {[catch {socket $host $port} s]} {
    puts $s
    exit 1
}
fconfigure $s -translation auto -buffering full
switch $row {
    cr {puts [gets $s]}
    endings {while {[gets $s text] >= 0} {puts $text}}
    resume {puts [line_within $s 200]; puts [line_within $s 2000]}
    drip {puts [line_within $s 500]}
    flush {puts $s question; puts [gets $s]}
    sigpipe {
        puts [gets $s]
        gets stdin
        for {set i 0} {$i < 3} {incr i} {catch {puts $s x; flush $s}}
        puts alive
        gets stdin
    }
    default {puts $s x; flush $s}
}
