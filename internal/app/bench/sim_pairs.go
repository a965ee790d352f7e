package bench

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// pairsAndCeiling measures what signing alone allows, before and after the pairs, because a machine's speed drifts, and the pairs.
func (r *simRun) pairsAndCeiling(p *simProcess, out *SimResult) error {
	own := cpuTime(os.Getpid())
	first, n := r.signing()
	requests, err := r.orders(int(first / 2 * float64(r.o.Seconds)))
	if err != nil {
		return err
	}
	signed := cpuTime(os.Getpid()) - own
	n += len(requests)
	before := cpuTime(p.cmd.Process.Pid)
	if out.PairsPerSecond, err = r.pairs(requests); err != nil {
		return err
	}
	out.SimCPUMS = float64((cpuTime(p.cmd.Process.Pid) - before).Microseconds()) / 1000 / float64(len(requests))
	if out.Verified, err = r.verify(); err != nil {
		return err
	}
	own = cpuTime(os.Getpid())
	last, m := r.signing()
	signed += cpuTime(os.Getpid()) - own
	out.SigningCPUMS = 2 * float64(signed.Microseconds()) / 1000 / float64(n+m)
	out.CPURatio = out.SigningCPUMS / out.SimCPUMS
	out.SignaturesPerSecond = (first + last) / 2
	out.SigningPairsPerSecond = out.SignaturesPerSecond / 2
	out.Ratio = out.PairsPerSecond / out.SigningPairsPerSecond
	return nil
}

// signing is how many signatures all cores make in a second when they do nothing else, and how many it made.
func (r *simRun) signing() (perSecond float64, made int) {
	var n atomic.Int64
	var all sync.WaitGroup
	sum := sha256.Sum256([]byte("bench"))
	begun := time.Now()
	end := begun.Add(time.Duration(r.o.Seconds) * time.Second / 2)
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for time.Now().Before(end) {
				if _, err := rsa.SignPKCS1v15(nil, r.key, crypto.SHA256, sum[:]); err != nil {
					return
				}
				n.Add(1)
			}
		})
	}
	all.Wait()
	return float64(n.Load()) / time.Since(begun).Seconds(), int(n.Load())
}

// orders makes and signs requests ahead: our own signatures are not to be counted as WeChat's.
func (r *simRun) orders(n int) ([][]byte, error) {
	requests := make([][]byte, n)
	var next atomic.Int64
	var all sync.WaitGroup
	problems := make([]error, runtime.GOMAXPROCS(0))
	for w := range problems {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && problems[w] == nil; i = int(next.Add(1)) - 1 {
				requests[i], problems[w] = r.signed("POST", "/v3/pay/transactions/jsapi", r.order(fmt.Sprintf("bench-%09d", i)))
			}
		})
	}
	all.Wait()
	if n == 0 {
		problems = append(problems, errors.New("bench: not one signature was made in the time given"))
	}
	return requests, errors.Join(problems...)
}

const simClients = 8

// pairs orders for somebody who pays at once, and waits for the notices.
func (r *simRun) pairs(requests [][]byte) (float64, error) {
	r.sink.came.Store(0)
	var next atomic.Int64
	var all sync.WaitGroup
	problems := make([]error, simClients)
	begun := time.Now()
	for i := range problems {
		all.Go(func() { problems[i] = r.buy(requests, &next) })
	}
	all.Wait()
	if err := errors.Join(problems...); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := r.sink.wait(ctx, len(requests)); err != nil {
		return 0, err
	}
	return float64(len(requests)) / time.Since(begun).Seconds(), nil
}

func (r *simRun) buy(requests [][]byte, next *atomic.Int64) error {
	c, err := dial(r.addr)
	if err != nil {
		return err
	}
	defer func() { _ = c.conn.Close() }()
	for {
		i := int(next.Add(1)) - 1
		if i >= len(requests) {
			return nil
		}
		c.keepHead = i%sampled == 0
		code, body, err := c.do(requests[i])
		if err != nil {
			return err
		}
		if c.keepHead {
			r.sink.keep(c.head, body)
			c.keepHead = false
		}
		var order struct {
			PrepayID string `json:"prepay_id"`
		}
		if json.Unmarshal(body, &order) != nil || order.PrepayID == "" {
			return fmt.Errorf("bench: prepay answered %d %s", code, body)
		}
	}
}
