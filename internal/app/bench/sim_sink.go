package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"strconv"
	"sync"
	"sync/atomic"
)

// sampled: of so many messages the signature of one is checked, after the measured window.
const sampled = 50

// sink takes notices and answers 204. It shares the cores with what is measured, so it does no more than it must, and keeps every
// sampled-th message for later.
type sink struct {
	ln   net.Listener
	came atomic.Int64
	some chan struct{} // told, without waiting, that one came
	mu   sync.Mutex
	kept []signedMessage
}

// signedMessage is an answer or a notice with the signature of WeChat Pay: its header lines and its body.
type signedMessage struct{ head, body []byte }

func openSink() (*sink, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sink{ln: ln, some: make(chan struct{}, 1)}
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return s, nil
}

func (s *sink) url() string { return "http://" + s.ln.Addr().String() + "/notify" }
func (s *sink) close()      { _ = s.ln.Close() }

var noContent = []byte("HTTP/1.1 204 No Content\r\n\r\n")

// serve answers one connection until it ends.
func (s *sink) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReaderSize(conn, 16<<10)
	var head, body []byte
	for {
		if _, err := in.ReadSlice('\n'); err != nil { // the request line
			return
		}
		length := 0
		for head = head[:0]; ; {
			line, err := in.ReadSlice('\n')
			if err != nil {
				return
			}
			head = append(head, line...)
			if len(line) <= 2 {
				break
			}
			if v, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
				if length, err = strconv.Atoi(string(bytes.TrimSpace(v))); err != nil || length > 1<<20 {
					return
				}
			}
		}
		body = append(body[:0], make([]byte, length)...)
		if _, err := io.ReadFull(in, body); err != nil {
			return
		}
		if s.came.Add(1)%sampled == 0 {
			s.keep(head, body)
		}
		if _, err := conn.Write(noContent); err != nil {
			return
		}
		select {
		case s.some <- struct{}{}:
		default:
		}
	}
}

func (s *sink) keep(head, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, signedMessage{bytes.Clone(head), bytes.Clone(body)})
}

// wait returns when n notices have come.
func (s *sink) wait(ctx context.Context, n int) error {
	for int(s.came.Load()) < n {
		select {
		case <-s.some:
		case <-ctx.Done():
			return fmt.Errorf("bench: %d of %d notices came", s.came.Load(), n)
		}
	}
	return nil
}

// verify checks the signatures of what was kept and tells how many there were.
func (r *simRun) verify() (int, error) {
	r.sink.mu.Lock()
	defer r.sink.mu.Unlock()
	for _, m := range r.sink.kept {
		lines, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(m.head))).ReadMIMEHeader()
		if err != nil {
			return 0, fmt.Errorf("bench: the header of an answer: %w", err)
		}
		h := http.Header(lines)
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s\n", h.Get("Wechatpay-Timestamp"), h.Get("Wechatpay-Nonce"), m.body))
		signature, err := base64.StdEncoding.DecodeString(h.Get("Wechatpay-Signature"))
		if err == nil {
			err = rsa.VerifyPKCS1v15(r.platform, crypto.SHA256, sum[:], signature)
		}
		if err != nil {
			return 0, fmt.Errorf("bench: the simulator's signature does not verify: %w", err)
		}
	}
	if len(r.sink.kept) == 0 {
		return 0, errors.New("bench: no signature was kept to be verified")
	}
	return len(r.sink.kept), nil
}

// platformKey is the public key of WeChat Pay's certificate.
func platformKey(certificate string) (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(certificate))
	if block == nil {
		return nil, errors.New("bench: the platform's certificate is not PEM")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("bench: the platform's key is not RSA")
	}
	return key, nil
}
