package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/VictoriaMetrics/metrics"
	"github.com/shuke-commerce/shuke/internal/platform/config"
)

// Outside is what a house takes from the world around it; zero fields take the
// machine's own. A simulation brings its own clock, chance and network.
type Outside struct {
	Now       func() time.Time
	Rand      io.Reader
	Transport http.RoundTripper // of calls to WeChat
	// OneByOne lets background work be done one piece after another, in an order
	// that is the same each time.
	OneByOne bool
}

func (o *Outside) complete() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Transport == nil {
		o.Transport = &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 90 * time.Second,
			DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext, TLSHandshakeTimeout: 5 * time.Second, ForceAttemptHTTP2: true}
	}
}

// OpenIn is Open in a world of the caller's.
func OpenIn(ctx context.Context, cfg config.Config, log *slog.Logger, o Outside) (*House, error) {
	o.complete()
	h := &House{Config: cfg, Log: log, Now: o.Now, Rand: o.Rand, Metrics: metrics.NewSet(), transport: o.Transport, oneByOne: o.OneByOne}
	if err := h.openDB(ctx); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{h.leaseNode, h.openWeChat, h.wireFlows, h.wireListeners} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, h.Close())
		}
	}
	return h, nil
}

// rivals is how much background work may be under way at once; 0: as much as is good.
func (h *House) rivals() int {
	if h.oneByOne {
		return 1
	}
	return 0
}

// Tick runs everything the clock starts, once and in the order of the schedule:
// for those who move the clock themselves. The errors of all are joined.
func (h *House) Tick(ctx context.Context) error {
	var all error
	for _, t := range h.Schedule() {
		if err := t.do(ctx); err != nil {
			all = errors.Join(all, fmt.Errorf("%s: %w", t.name, err))
		}
	}
	return all
}
