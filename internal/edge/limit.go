package edge

import (
	"maps"
	"sync"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/errs"
)

// ErrTooMany is returned when a caller tries too often.
var ErrTooMany = errs.New(errs.RateLimited, "too_many", "操作太频繁，请稍后再试", "Too many tries; please wait a while")

// Limiter allows each key so many tries per window (a token bucket that refills
// evenly). Per process; bounded in memory.
type Limiter struct {
	Tries  float64
	Window time.Duration

	mu      sync.Mutex
	buckets map[string]bucket
}

type bucket struct {
	left float64
	at   time.Time
}

// maxBuckets bounds the memory of a Limiter.
const maxBuckets = 50_000

// makeRoom forgets keys that have all their tries again; were all of them busy, it
// forgets everything rather than grow.
func (l *Limiter) makeRoom(now time.Time) {
	if len(l.buckets) >= maxBuckets {
		maps.DeleteFunc(l.buckets, func(_ string, b bucket) bool { return now.Sub(b.at) >= l.Window })
	}
	if l.buckets == nil || len(l.buckets) >= maxBuckets {
		l.buckets = map[string]bucket{}
	}
}

// Allow takes one try of a key; false means wait.
func (l *Limiter) Allow(key string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.makeRoom(now)
	b, ok := l.buckets[key]
	if !ok {
		b = bucket{l.Tries, now}
	}
	b.left = min(l.Tries, b.left+l.Tries*now.Sub(b.at).Seconds()/l.Window.Seconds())
	b.at = now
	ok = b.left >= 1
	if ok {
		b.left--
	}
	l.buckets[key] = b
	return ok
}
