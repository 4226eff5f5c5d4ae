# SPDX-License-Identifier: MIT
# Cost against the length of a line, the size of the buffer, and the number of
# connections. Started in the folder with the three tables, a column a client.
set terminal pngcairo size 900,560 font "sans,11"
set key outside right top autotitle columnhead
set logscale xy
set autoscale xfix
set grid
set style data linespoints
set datafile missing "?"
set ylabel "processor time of the client, ns"
set format x "%.0s%c"
set format y "%.0s%c"
do for [axis in "line buffer connections"] {
    set output axis.".png"
    set title axis eq "line" ? "readln: a line, by its length (buffer 64 KiB)" : \
              axis eq "buffer" ? "readln: a line of 32 bytes, by the size of the buffer" : \
              "a line of 32 bytes there and back, by the number of open connections"
    set xlabel axis eq "connections" ? "connections" : "bytes"
    stats axis.".txt" skip 1 nooutput
    plot for [i=2:STATS_columns] axis.".txt" using 1:i linewidth (i <= 3 ? 3 : 1)
}
