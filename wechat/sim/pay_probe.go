package sim

import (
	"encoding/binary"
	"hash/fnv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

// probeMark begins a signature that a merchant must refuse (签名探测流量).
const probeMark = "WECHATPAY/SIGNTEST/"

// prober deals out SIGNTEST probes: never two in a row to one merchant, so that the right answer follows.
type prober struct {
	rate atomic.Int64 // per million
	mu   sync.Mutex
	last map[string]bool // merchants whose last answer was a probe
}

// draw tells whether this answer is to be a probe.
func (p *prober) draw(s *Server, mchID string) bool {
	rate := p.rate.Load()
	if rate == 0 || mchID == "" {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last[mchID] {
		delete(p.last, mchID)
		return false
	}
	if rate < 1_000_000 && int64(s.chance()*1_000_000) >= rate {
		return false
	}
	if p.last == nil || len(p.last) > 10_000 {
		p.last = map[string]bool{}
	}
	p.last[mchID] = true
	return true
}

// chance is a random number from 0 to 1.
func (s *Server) chance() float64 {
	var b [8]byte
	if _, err := s.Rand.Read(b[:]); err != nil {
		return 1
	}
	return float64(binary.BigEndian.Uint64(b[:])>>11) / (1 << 53)
}

// probeSignature looks like a signature and is none.
func (s *Server) probeSignature() string { return probeMark + s.text(323) + "==" }

// probeNotice sends a notice with a probe ahead of the real one. It changes nothing about the notice; the inspector tells
// when the merchant took it.
func (s *Server) probeNotice(n *notice, apiV3Key string) {
	if n.V2 || !s.probes.draw(s, n.MchID) {
		return
	}
	s.mu.Lock()
	probe := *n
	s.mu.Unlock()
	probe.probe = true
	s.post(&probe, apiV3Key, 0)
}

const (
	replaySpan = 2 * maxSkew // a signature older than this is refused for its age
	maxReplay  = 1_000_000   // signatures remembered in half of that
)

// replayGuard remembers the signatures that were taken, for as long as their timestamps would pass.
type replayGuard struct {
	on          atomic.Bool // PaySettings.RefuseReplay
	mu          sync.Mutex
	now, before map[uint64]struct{}
	turned      time.Time
}

// seen notes a signed request and tells whether it was there already.
func (g *replayGuard) seen(auth paycrypt.Authorization, at time.Time) bool {
	if !g.on.Load() {
		return false
	}
	sum := fnv.New64a()
	for _, part := range []string{auth.MchID, auth.Nonce, auth.Timestamp, auth.Signature} {
		sum.Write([]byte(part))
		sum.Write([]byte{0})
	}
	id := sum.Sum64()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.now == nil || at.Sub(g.turned) > replaySpan || len(g.now) >= maxReplay {
		g.before, g.now, g.turned = g.now, map[uint64]struct{}{}, at
	}
	_, young := g.now[id]
	_, old := g.before[id]
	g.now[id] = struct{}{}
	return young || old
}

// refuseReplay refuses a request that was sent before as it stands; true when it has answered.
func (c *call) refuseReplay(auth paycrypt.Authorization) bool {
	if !c.s.replays.seen(auth, c.s.Now()) {
		return false
	}
	c.signError("Http头Authorization中的签名已被使用，请更换nonce_str重新签名", "nonce_str replayed", nil)
	c.refused("the same nonce_str, timestamp and signature came before: every request needs a nonce_str of its own")
	return true
}

// applyPaySettings puts the settings where they are read without the lock. The caller holds mu (or has the world to itself).
func (s *Server) applyPaySettings() {
	set := s.world.ways.settings
	s.probes.rate.Store(int64(set.SigntestRate * 1_000_000))
	s.replays.on.Store(set.RefuseReplay)
}

// probed judges what a merchant answered to a probe: it must refuse.
func (e *entry) probed(refusal error) {
	if refusal == nil {
		e.Verdict, e.Reason = "failed", "SIGNTEST probe: the merchant took a notice whose signature is wrong"
		return
	}
	e.Verdict, e.Reason = "ok", "SIGNTEST probe: refused by the merchant, as it must be ("+e.Reason+")"
}
