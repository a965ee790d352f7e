package id

import (
	"fmt"
	"sync/atomic"
	"time"
)

const (
	// maxBorrow is how many milliseconds a Source may run ahead of the highest
	// time its clock has shown. A millisecond holds 4,096 ids; a burst above
	// that takes ids from the milliseconds to come.
	maxBorrow = 10_000
	// maxWaits bounds how often Next sleeps for a millisecond once that much
	// is borrowed. A clock that stands still then no longer holds up ids:
	// being unique and in order matters more than being on time.
	maxWaits = 1_000
)

// Source makes IDs that are unique for its Node and strictly rise, also when
// the clock goes backward. It is safe for use by many goroutines and must not
// be copied after first use. Give every process that writes to one database
// its own Node.
type Source struct {
	// Now is the clock (time.Now, outside of tests).
	Now func() time.Time
	// Node is 0 to MaxNode.
	Node int

	last atomic.Int64 // millisecond << 12 | sequence of the latest ID
	high atomic.Int64 // highest millisecond the clock has shown
}

// Validate says what is wrong with the fields of the Source.
func (s *Source) Validate() error {
	if s.Now == nil {
		return fmt.Errorf("id: Source.Now is missing")
	}
	if s.Node < 0 || s.Node > MaxNode {
		return fmt.Errorf("id: node %d is outside 0 to %d", s.Node, MaxNode)
	}
	return nil
}

// Resume makes all further IDs larger than after, the newest ID that this node
// has stored. Call it at start, so that a clock set back while the process was
// down cannot lead to an ID given out before. IDs of another node are ignored.
func (s *Source) Resume(after ID) {
	if after.Node() != s.Node {
		return
	}
	ms := int64(after) >> (nodeBits + sequenceBits)
	floor := ms<<sequenceBits | int64(after)&(1<<sequenceBits-1)
	raise(&s.last, floor)
	raise(&s.high, ms)
}

// raise sets v to floor unless it is higher.
func raise(v *atomic.Int64, floor int64) {
	for {
		old := v.Load()
		if old >= floor || v.CompareAndSwap(old, floor) {
			return
		}
	}
}

// Next makes an ID. It panics when Node is out of range or the clock reads
// past the year 2093, where 41 bits of milliseconds end.
func (s *Source) Next() ID {
	for waits := 0; ; waits++ {
		now := s.clock()
		if stamp, ok := s.take(now, waits >= maxWaits); ok {
			return s.pack(stamp)
		}
		time.Sleep(time.Millisecond)
	}
}

// clock reads milliseconds since the Epoch and notes the highest seen.
func (s *Source) clock() int64 {
	now := max(0, s.Now().UnixMilli()-Epoch.UnixMilli())
	raise(&s.high, now)
	return now
}

// take claims the next free stamp (millisecond and sequence); ok is false when
// too much is borrowed already and force is not set.
func (s *Source) take(now int64, force bool) (stamp int64, ok bool) {
	limit := (s.high.Load() + maxBorrow) << sequenceBits
	for {
		old := s.last.Load()
		next := max(now<<sequenceBits, old+1)
		if next >= limit && !force {
			return 0, false
		}
		if s.last.CompareAndSwap(old, next) {
			return next, true
		}
	}
}

// pack puts the node between millisecond and sequence.
func (s *Source) pack(stamp int64) ID {
	ms, sequence := stamp>>sequenceBits, stamp&(1<<sequenceBits-1)
	if s.Node < 0 || s.Node > MaxNode || ms >= 1<<timeBits {
		panic(fmt.Sprintf("id: node %d or time %d ms after %s does not fit into an id", s.Node, ms, Epoch.Format(time.DateOnly)))
	}
	return ID(ms<<(nodeBits+sequenceBits) | int64(s.Node)<<sequenceBits | sequence)
}
