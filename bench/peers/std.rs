// SPDX-License-Identifier: MIT

//! The client with Rust's std. See client.h.
use std::io::{BufRead, BufReader, BufWriter, Read, Result, Write};
use std::net::{TcpListener, TcpStream};

struct Client {
    count: usize,
    size: usize,
    buffer: usize,
    connections: usize,
    port: u16,
    line: Vec<u8>,
}

impl Client {
    fn connected(&self) -> Result<TcpStream> {
        let s = TcpStream::connect(("127.0.0.1", self.port))?;
        s.set_nodelay(true)?;
        Ok(s)
    }

    fn readln(&self) -> Result<usize> {
        let mut input = BufReader::with_capacity(self.buffer, self.connected()?);
        let mut text = Vec::new();
        let mut total = 0;
        for _ in 0..self.count {
            text.clear();
            input.read_until(b'\n', &mut text)?;
            text.pop();
            if text.last() == Some(&b'\r') {
                text.pop();
            }
            total += text.len() + text.first().map_or(0, |&b| b as usize);
        }
        Ok(total)
    }

    fn writeln(&self) -> Result<usize> {
        let mut out = BufWriter::with_capacity(self.buffer, self.connected()?);
        let text = &self.line[..self.size - 1];
        for _ in 0..self.count {
            out.write_all(text)?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
        Ok(self.count * self.size)
    }

    fn pingpong(&self) -> Result<usize> {
        let mut streams = Vec::new();
        for _ in 0..self.connections {
            streams.push(BufReader::new(self.connected()?));
        }
        let mut text = Vec::new();
        let mut total = 0;
        for i in 0..self.count {
            let now = &mut streams[i % self.connections];
            now.get_ref().write_all(&self.line)?;
            text.clear();
            total += now.read_until(b'\n', &mut text)?;
        }
        Ok(total)
    }

    fn read(&self) -> Result<usize> {
        let mut s = self.connected()?;
        let mut block = vec![0; self.size];
        for _ in 0..self.count {
            s.read_exact(&mut block)?;
        }
        Ok(self.count * self.size)
    }

    fn write(&self) -> Result<usize> {
        let mut s = self.connected()?;
        for _ in 0..self.count {
            s.write_all(&self.line)?;
        }
        Ok(self.count * self.size)
    }

    fn connect(&self) -> Result<usize> {
        for _ in 0..self.count {
            drop(self.connected()?);
        }
        Ok(self.count * self.size)
    }

    fn accept(&self) -> Result<usize> {
        let server = TcpListener::bind(("127.0.0.1", 0))?;
        let mut dialer = self.connected()?;
        let told = format!("{} {}\n", server.local_addr()?.port(), self.count);
        dialer.write_all(told.as_bytes())?;
        for _ in 0..self.count {
            server.accept()?.0.set_nodelay(true)?;
        }
        Ok(self.count * self.size)
    }
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let number = |i: usize| args[i].parse::<usize>().expect("a number");
    let size = number(3);
    let mut line = vec![b'x'; size];
    line[size - 1] = b'\n';
    let client = Client {
        count: number(2),
        size,
        buffer: number(4),
        connections: number(5),
        port: number(6) as u16,
        line,
    };
    let result = match args[1].as_str() {
        "readln" => client.readln(),
        "writeln" => client.writeln(),
        "pingpong" => client.pingpong(),
        "read" => client.read(),
        "write" => client.write(),
        "connect" => client.connect(),
        "accept" => client.accept(),
        _ => std::process::exit(3),
    };
    println!("{}", result?);
    Ok(())
}
