package storefront

import (
	"sync"
	"time"
)

// cached keeps one answer for a short time; one caller renews it while others
// wait.
type cached[T any] struct {
	mu    sync.Mutex
	value T
	until time.Time
}

func (c *cached[T]) get(now time.Time, life time.Duration, load func() (T, error)) (T, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Before(c.until) {
		return c.value, nil
	}
	v, err := load()
	if err == nil {
		c.value, c.until = v, now.Add(life)
	}
	return v, err
}
