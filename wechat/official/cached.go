package official

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	earlyRefresh  = 5 * time.Minute  // WeChat keeps the old token valid this long beside a new one
	refreshGap    = 30 * time.Second // between two refreshes of a value that still lives
	lastMoment    = 10 * time.Second // a value this near its end is not handed out
	fetchDeadline = 15 * time.Second
)

// Credential is a token or ticket with the moment it ends.
type Credential struct {
	Value     string
	ExpiresAt time.Time // UTC
}

// TokenStore keeps credentials for several processes of one account. Load
// returns a zero Credential when the key is unknown. A store needs no lock
// across processes: WeChat hands every process the same stable token.
type TokenStore interface {
	Load(ctx context.Context, key string) (Credential, error)
	Save(ctx context.Context, key string, c Credential) error
}

// MemoryStore is a TokenStore for one process.
type MemoryStore struct {
	mu sync.Mutex
	m  map[string]Credential
}

// NewMemoryStore returns an empty MemoryStore.
func NewMemoryStore() *MemoryStore { return &MemoryStore{m: map[string]Credential{}} }

// Load returns the credential under key, or a zero one.
func (s *MemoryStore) Load(_ context.Context, key string) (Credential, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.m[key], nil
}

// Save keeps the credential under key.
func (s *MemoryStore) Save(_ context.Context, key string, c Credential) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.m[key] = c
	return nil
}

// cached hands out one credential: from memory, else from the store, else
// fetched, with one fetch in flight however many ask.
type cached struct {
	key   string
	store TokenStore
	now   func() time.Time
	fetch func(ctx context.Context, rejected string) (Credential, error)
	group singleflight.Group

	mu       sync.Mutex
	current  Credential
	rejected string    // last value that WeChat refused
	retryAt  time.Time // no early refresh before this moment
}

func newCached(key string, store TokenStore, now func() time.Time,
	fetch func(context.Context, string) (Credential, error)) *cached {
	return &cached{key: key, store: store, now: now, fetch: fetch}
}

// get returns a value that lives, renewing it early when its end is near.
func (c *cached) get(ctx context.Context) (string, error) {
	c.mu.Lock()
	value, left, retryAt := c.current.Value, c.current.ExpiresAt.Sub(c.now()), c.retryAt
	c.mu.Unlock()
	usable := value != "" && left > lastMoment
	if usable && (left > earlyRefresh || c.now().Before(retryAt)) {
		return value, nil
	}
	fresh, err := c.refresh(ctx)
	if err != nil && usable && ctx.Err() == nil {
		return value, nil // the old one lives on; the next refresh waits for refreshGap
	}
	return fresh, err
}

// reject tells that WeChat refused value. Only the value still in use counts, so
// that many refusals of one token cause one refresh.
func (c *cached) reject(value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current.Value == value {
		c.rejected, c.current = value, Credential{}
	}
}

// refresh shares one renewal among all callers. The renewal outlives a caller
// that gives up, since others wait for it.
func (c *cached) refresh(ctx context.Context) (string, error) {
	ch := c.group.DoChan(c.key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchDeadline)
		defer cancel()
		return c.renew(ctx)
	})
	select {
	case r := <-ch:
		if r.Err != nil {
			return "", r.Err
		}
		return r.Val.(string), nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (c *cached) renew(ctx context.Context) (string, error) {
	c.mu.Lock()
	current, rejected, retryAt := c.current, c.rejected, c.retryAt
	c.mu.Unlock()
	left := current.ExpiresAt.Sub(c.now())
	if current.Value != "" && (left > earlyRefresh || (left > lastMoment && c.now().Before(retryAt))) {
		return current.Value, nil // another flight has just renewed it
	}
	stored, err := c.store.Load(ctx, c.key)
	if err == nil && stored.Value != "" && stored.Value != rejected && stored.ExpiresAt.Sub(c.now()) > earlyRefresh {
		c.set(stored)
		return stored.Value, nil
	}
	fetched, err := c.fetch(ctx, rejected)
	if err != nil {
		c.mu.Lock()
		c.retryAt = c.now().Add(refreshGap)
		c.mu.Unlock()
		return "", err
	}
	c.set(fetched)
	// A store that cannot save costs other processes a fetch, not us the call.
	_ = c.store.Save(ctx, c.key, fetched)
	return fetched.Value, nil
}

func (c *cached) set(v Credential) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = v
	c.rejected = ""
	c.retryAt = c.now().Add(refreshGap)
}
