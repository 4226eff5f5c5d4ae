# SPDX-License-Identifier: MIT
# The client with Tcl's channels. See client.h.
lassign $argv job count size buffer connections port

proc connected {buffering} {
    global port buffer
    set s [socket 127.0.0.1 $port]
    fconfigure $s -translation {auto lf} -encoding iso8859-1 -buffering $buffering -buffersize $buffer
    return $s
}

proc readln {} {
    global count
    set s [connected full]
    set total 0
    for {set i 0} {$i < $count} {incr i} {
        gets $s text
        scan $text %c first
        incr total [expr {[string length $text] + $first}]
    }
    return $total
}

proc writeln {} {
    global count size
    set s [connected full]
    set text [string repeat x [expr {$size - 1}]]
    for {set i 0} {$i < $count} {incr i} {
        puts $s $text
    }
    close $s
    return [expr {$count * $size}]
}

proc pingpong {} {
    global count size connections
    set text [string repeat x [expr {$size - 1}]]
    for {set i 0} {$i < $connections} {incr i} {
        lappend streams [connected line]
    }
    set total 0
    for {set i 0} {$i < $count} {incr i} {
        set now [lindex $streams [expr {$i % $connections}]]
        puts $now $text
        gets $now answer
        incr total [expr {[string length $answer] + 1}]
    }
    return $total
}

proc connect {} {
    global count size
    for {set i 0} {$i < $count} {incr i} {
        close [connected full]
    }
    return [expr {$count * $size}]
}

if {$job ni {readln writeln pingpong connect}} {
    exit 3
}
puts [$job]
