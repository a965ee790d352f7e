package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// client is a lean keep-alive HTTP/1.1 client: the load generator shares the two
// cores with what it measures, so it does no more than it must.
type client struct {
	conn net.Conn
	r    *bufio.Reader
	buf  []byte

	keepHead bool   // the header lines of the next answer are wanted
	head     []byte // they, valid until the next call
}

func dial(addr string) (*client, error) {
	c, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return nil, err
	}
	return &client{conn: c, r: bufio.NewReaderSize(c, 16<<10)}, nil
}

var errChunk = errors.New("bench: bad chunk in an answer")

// do sends a whole request and reads the whole answer; the body is valid until
// the next call.
func (c *client) do(request []byte) (code int, body []byte, err error) {
	if err := c.conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return 0, nil, err
	}
	if _, err := c.conn.Write(request); err != nil {
		return 0, nil, err
	}
	line, err := c.r.ReadSlice('\n')
	if err != nil || len(line) < 12 {
		return 0, nil, fmt.Errorf("bench: bad status line: %w", err)
	}
	if code, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, nil, err
	}
	length, chunked := 0, false
	c.head = c.head[:0]
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return code, nil, err
		}
		if c.keepHead {
			c.head = append(c.head, line...)
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if v, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(v)); err != nil {
				return code, nil, err
			}
		} else if bytes.HasPrefix(line, []byte("Transfer-Encoding: chunked")) {
			chunked = true
		}
	}
	c.buf = c.buf[:0]
	if !chunked {
		return code, c.buf, c.take(length)
	}
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return code, nil, err
		}
		n, err := strconv.ParseInt(strings.TrimSpace(string(line)), 16, 32)
		if err != nil {
			return code, nil, errChunk
		}
		if err := c.take(int(n)); err != nil {
			return code, nil, err
		}
		if _, err := c.r.Discard(2); err != nil {
			return code, nil, err
		}
		if n == 0 {
			return code, c.buf, nil
		}
	}
}

// take reads n bytes more into the buffer.
func (c *client) take(n int) error {
	at := len(c.buf)
	c.buf = slices.Grow(c.buf, n)[:at+n]
	for got := 0; got < n; {
		k, err := c.r.Read(c.buf[at+got : at+n])
		if err != nil {
			return err
		}
		got += k
	}
	return nil
}

// tally is what a load did.
type tally struct {
	done    int
	failed  map[string]int // by answer code
	elapsed time.Duration
	times   []time.Duration // sorted, of what was done
}

func (t tally) percentile(p float64) float64 {
	if len(t.times) == 0 {
		return 0
	}
	return float64(t.times[min(int(float64(len(t.times))*p), len(t.times)-1)].Microseconds()) / 1000
}

// load lets clients send requests for a time. next makes the n-th request of a
// client into buf.
func load(addr string, clients int, d time.Duration, want int, next func(client, n int, buf []byte) []byte) (tally, error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	out := tally{failed: map[string]int{}}
	var firstErr error
	start := time.Now()
	end := start.Add(d)
	for i := range clients {
		wg.Go(func() {
			times, failed, err := oneClient(addr, i, end, want, next)
			mu.Lock()
			defer mu.Unlock()
			out.times = append(out.times, times...)
			for k, v := range failed {
				out.failed[k] += v
			}
			if err != nil && firstErr == nil {
				firstErr = err
			}
		})
	}
	wg.Wait()
	out.elapsed = time.Since(start)
	out.done = len(out.times)
	slices.Sort(out.times)
	return out, firstErr
}

func oneClient(addr string, i int, end time.Time, want int, next func(client, n int, buf []byte) []byte) (times []time.Duration, failed map[string]int, err error) {
	c, err := dial(addr)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = c.conn.Close() }()
	failed = map[string]int{}
	var buf []byte
	for n := 0; time.Now().Before(end); n++ {
		buf = next(i, n, buf[:0])
		t := time.Now()
		code, body, err := c.do(buf)
		if err != nil {
			return times, failed, err
		}
		if code == want {
			times = append(times, time.Since(t))
		} else {
			failed[strconv.Itoa(code)+" "+cut(body)]++
		}
	}
	return times, failed, nil
}

func cut(b []byte) string { return string(b[:min(len(b), 160)]) }

// cpu is the processor time of a process so far, user and system (Linux).
func cpu(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, ok := strings.Cut(string(text), ") ")
	f := strings.Fields(rest)
	if !ok || len(f) < 13 {
		return 0, errors.New("bench: /proc/pid/stat cannot be read")
	}
	user, err1 := strconv.ParseInt(f[11], 10, 64)
	system, err2 := strconv.ParseInt(f[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(err1, err2) // USER_HZ is 100
}

// memory is the resident memory of a process in bytes (Linux).
func memory(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(v)[0], 10, 64)
			return kb << 10, err
		}
	}
	return 0, errors.New("bench: no VmRSS")
}
