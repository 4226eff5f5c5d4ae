// SPDX-License-Identifier: MIT
// What compare.py asks of each library, with Go's own. usage: ROW HOST PORT
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

func line(r *bufio.Reader) string {
	text, err := r.ReadString('\n')
	if err, ok := err.(net.Error); ok && err.Timeout() {
		return "timeout"
	}
	return strings.TrimRight(text, "\r\n")
}

func main() {
	row, host, port := os.Args[1], os.Args[2], os.Args[3]
	if row == "unread" {
		server, _ := net.Listen("tcp", "127.0.0.1:0")
		fmt.Println(server.Addr().(*net.TCPAddr).Port)
		c, _ := server.Accept()
		c.Read(make([]byte, 10))
		c.Write(make([]byte, 200000))
		c.Close()
		return
	}
	c, err := net.DialTimeout("tcp", net.JoinHostPort(host, port), time.Second)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	r := bufio.NewReader(c)
	switch row {
	case "cr":
		fmt.Println(line(r))
	case "endings":
		s := bufio.NewScanner(c)
		for s.Scan() {
			fmt.Println(s.Text())
		}
	case "resume":
		c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		fmt.Println(line(r))
		c.SetReadDeadline(time.Now().Add(2 * time.Second))
		fmt.Println(line(r))
	case "drip":
		c.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
		fmt.Println(line(r))
	case "cancel":
		go c.SetReadDeadline(time.Unix(1, 0))
		if line(r) == "timeout" {
			fmt.Println("stopped")
		}
		c.SetReadDeadline(time.Time{})
		fmt.Println(line(r))
	case "flush":
		w := bufio.NewReadWriter(r, bufio.NewWriter(c))
		w.WriteString("question\n")
		text, _ := w.ReadString('\n')
		fmt.Print(text)
	case "sigpipe":
		fmt.Println(line(r))
		os.Stdin.Read(make([]byte, 1))
		for i := 0; i < 3; i++ {
			c.Write([]byte("x"))
		}
		fmt.Println("alive")
		os.Stdin.Read(make([]byte, 1))
	default:
		c.Write([]byte("x"))
	}
}
