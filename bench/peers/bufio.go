// SPDX-License-Identifier: MIT

// The client with Go's net and bufio. See client.h.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
)

var count, size, buffer, connections, port int
var line []byte

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Go sets TCP_NODELAY by itself.
func connected() net.Conn {
	s, err := net.Dial("tcp4", "127.0.0.1:"+strconv.Itoa(port))
	must(err)
	return s
}

func readln() (total int) {
	in := bufio.NewReaderSize(connected(), buffer)
	for i := 0; i < count; i++ {
		text, _, err := in.ReadLine()
		must(err)
		total += len(text)
		if len(text) > 0 {
			total += int(text[0])
		}
	}
	return
}

func writeln() int {
	s := connected()
	out := bufio.NewWriterSize(s, buffer)
	text := line[:size-1]
	for i := 0; i < count; i++ {
		out.Write(text)
		out.WriteByte('\n')
	}
	must(out.Flush())
	must(s.Close())
	return count * size
}

func pingpong() (total int) {
	streams := make([]*bufio.ReadWriter, connections)
	for i := range streams {
		s := connected()
		streams[i] = bufio.NewReadWriter(bufio.NewReader(s), bufio.NewWriter(s))
	}
	for i := 0; i < count; i++ {
		now := streams[i%connections]
		now.Write(line)
		must(now.Flush())
		text, _, err := now.ReadLine()
		must(err)
		total += len(text) + 1
	}
	runtime.KeepAlive(streams)
	return
}

func read() (total int) {
	s := connected()
	block := make([]byte, size)
	for i := 0; i < count; i++ {
		n, err := io.ReadFull(s, block)
		must(err)
		total += n
	}
	return
}

func write() int {
	s := connected()
	for i := 0; i < count; i++ {
		_, err := s.Write(line)
		must(err)
	}
	must(s.Close())
	return count * size
}

func connect() int {
	for i := 0; i < count; i++ {
		connected().Close()
	}
	return count * size
}

func accept() int {
	server, err := net.Listen("tcp4", "127.0.0.1:0")
	must(err)
	fmt.Fprintf(connected(), "%d %d\n", server.Addr().(*net.TCPAddr).Port, count)
	for i := 0; i < count; i++ {
		s, err := server.Accept()
		must(err)
		s.Close()
	}
	return count * size
}

func main() {
	jobs := map[string]func() int{"readln": readln, "writeln": writeln, "pingpong": pingpong,
		"read": read, "write": write, "connect": connect, "accept": accept}
	job := jobs[os.Args[1]]
	if job == nil {
		os.Exit(3)
	}
	for i, number := range []*int{&count, &size, &buffer, &connections, &port} {
		*number, _ = strconv.Atoi(os.Args[2+i])
	}
	line = []byte(strings.Repeat("x", size-1) + "\n")
	fmt.Println(job())
}
