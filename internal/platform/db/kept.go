package db

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
)

// Kept remembers what was read of some tables until one of them is written. It
// works where this process alone writes (SQLite); on PostgreSQL it remembers
// nothing and reads every time.
type Kept[K comparable, V any] struct {
	// Tables are those that Load reads.
	Tables []string
	// Load reads the values of keys; a key that is not there is left out.
	Load func(tx *Tx, keys []K) (map[K]V, error)
	// Max is how many values are kept; more of them, and all are forgotten.
	Max int

	mu     sync.RWMutex
	values map[K]keptValue[V]
}

type keptValue[V any] struct {
	v  V
	at uint64 // sum of the tables' counters before the read
}

// Warm reads what a write is about to ask for, so that others do not wait for it.
// Where nothing can be kept it does nothing.
func (k *Kept[K, V]) Warm(ctx context.Context, d *DB, keys ...K) error {
	if d.lite == nil {
		return nil
	}
	at, quiet := d.lite.counters.written(k.Tables)
	_, missing := k.find(keys, at, quiet)
	if !quiet || len(missing) == 0 {
		return nil
	}
	return d.Read(ctx, func(tx *Tx) error {
		read, err := k.Load(tx, missing)
		if err == nil {
			k.keep(read, at)
		}
		return err
	})
}

// Known gives the value of a key where it is kept and true at this moment, outside
// of any transaction.
func (k *Kept[K, V]) Known(d *DB, key K) (v V, ok bool) {
	if d.lite == nil {
		return v, false
	}
	at, quiet := d.lite.counters.written(k.Tables)
	found, _ := k.find([]K{key}, at, quiet)
	v, ok = found[key]
	return v, ok
}

// In gives the values of keys that exist inside a write, as they are in that
// transaction.
func (k *Kept[K, V]) In(tx *Tx, keys ...K) (map[K]V, error) {
	at, quiet := tx.counters.written(k.Tables)
	found, missing := k.find(keys, at, quiet)
	if len(missing) == 0 {
		return found, nil
	}
	read, err := k.Load(tx, missing)
	maps.Copy(found, read)
	return found, err
}

func (k *Kept[K, V]) find(keys []K, at uint64, quiet bool) (found map[K]V, missing []K) {
	found = make(map[K]V, len(keys))
	if !quiet {
		return found, keys
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	for _, key := range keys {
		if got, ok := k.values[key]; ok && got.at == at {
			found[key] = got.v
		} else {
			missing = append(missing, key)
		}
	}
	return found, missing
}

func (k *Kept[K, V]) keep(read map[K]V, at uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.values == nil || len(k.values)+len(read) > k.Max {
		k.values = make(map[K]keptValue[V])
	}
	for key, v := range read {
		k.values[key] = keptValue[V]{v, at}
	}
}

// counters count the writes of each table: a counter is odd from the first
// statement that writes the table until its transaction has ended. What is read
// while all counters are even is true as long as none of them moves.
type counters struct {
	tables sync.Map      // name → *atomic.Uint64
	others atomic.Uint64 // commits of other processes
}

func (c *counters) of(table string) *atomic.Uint64 {
	if n, ok := c.tables.Load(table); ok {
		return n.(*atomic.Uint64)
	}
	n, _ := c.tables.LoadOrStore(table, new(atomic.Uint64))
	return n.(*atomic.Uint64)
}

// written sums the counters of tables; quiet is false while one is being written,
// and where other processes may write unseen.
func (c *counters) written(tables []string) (sum uint64, quiet bool) {
	if c == nil {
		return 0, false
	}
	sum = c.others.Load()
	for _, t := range tables {
		n := c.of(t).Load()
		if n%2 == 1 {
			return 0, false
		}
		sum += n
	}
	return sum, true
}
