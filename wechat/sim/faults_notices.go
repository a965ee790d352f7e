package sim

import (
	"slices"
	"sync"
	"time"
)

const reorderWait = time.Minute // simulator's time after which a notice held for reordering goes out alone

// noticePlace is what a fault of a notice is chosen by. The caller holds mu.
func (s *Server) noticePlace(n *notice) where {
	at := where{event: n.EventType, mchID: n.MchID, refs: []string{n.ID}}
	if s.Faults.armed.Load() == 0 {
		return at
	}
	visitValues(n.Plain, func(key, value string) {
		for _, ref := range placeRefs {
			if key == ref {
				at.refs = append(at.refs, value)
			}
		}
		if f := s.world.openids[value]; f != nil {
			at.persons = append(at.persons, value, f.Person)
			at.appID = f.AppID
		}
	})
	return at
}

// postpone keeps a notice for later when a fault says so: late by the simulator's clock, or behind the next one of its merchant.
func (s *Server) postpone(n *notice, fault *Fault) bool {
	if fault == nil || fault.Kind != "late" && fault.Kind != "reorder" {
		return false
	}
	wait := time.Duration(fault.Seconds) * time.Second
	if fault.Kind == "reorder" && wait == 0 {
		wait = reorderWait
	}
	s.mu.Lock()
	n.sending, n.Next = false, s.Clock.Now().Add(wait)
	if fault.Kind == "reorder" && len(s.world.behind) < maxBehind {
		s.world.behind = append(s.world.behind, n)
	}
	next := n.Next
	s.touch("notice", n.ID)
	s.mu.Unlock()
	s.Clock.schedule(next, func() { s.sendPostponed(n) })
	return true
}

// sendPostponed sends what was held, unless another notice has released it before.
func (s *Server) sendPostponed(n *notice) {
	s.mu.Lock()
	due := n.State == waiting && !n.Next.After(s.Clock.Now())
	s.world.behind = slices.DeleteFunc(s.world.behind, func(held *notice) bool { return held == n })
	s.mu.Unlock()
	if due {
		s.sendNotice(n.ID, true)
	}
}

// overtaken sends what was held back until another notice of the merchant had gone out. The caller holds mu.
func (s *Server) overtaken(by *notice) {
	s.world.behind = slices.DeleteFunc(s.world.behind, func(n *notice) bool {
		if n.MchID != by.MchID || n == by {
			return false
		}
		n.Next = s.Clock.Now()
		s.Clock.schedule(n.Next, func() { s.sendNotice(n.ID, true) })
		return true
	})
}

const maxBehind = 200 // notices, and pushes of an account, that are held behind another; more go out when their time has come

// pushed runs send, which pushes something to a developer, under the faults that fit: not at all, late, behind the account's next
// push, twice, or with timestamps that are off by skew.
func (s *Server) pushed(at where, send func(skew time.Duration)) {
	fault := s.Faults.take(FaultPush, at)
	if fault == nil {
		send(0)
		s.releasePushes(at.appID)
		return
	}
	s.note(&entry{Kind: "push", Method: "POST", Path: at.event, AppID: at.appID, Person: first(at.persons), Verdict: "failed", Reason: "fault " + fault.ID + ": " + fault.Kind})
	wait := time.Duration(fault.Seconds) * time.Second
	switch fault.Kind {
	case "drop":
	case "delay":
		pauseFor(s.ctx, time.Duration(fault.DelayMS)*time.Millisecond)
		send(0)
	case "duplicate":
		send(0)
		send(0)
	case "skew":
		send(wait)
	case "late":
		s.Clock.schedule(s.Clock.Now().Add(wait), func() { send(0) })
	case "reorder":
		s.holdPush(at.appID, wait, func() { send(0) })
	}
}

// holdPush keeps a push until releasePushes, or until wait (default reorderWait) has passed.
func (s *Server) holdPush(appID string, wait time.Duration, send func()) {
	if wait == 0 {
		wait = reorderWait
	}
	var once sync.Once
	s.mu.Lock()
	if len(s.heldPushes) >= maxBehind {
		clear(s.heldPushes)
	}
	s.heldPushes[appID] = append(s.heldPushes[appID], func() { once.Do(send) })
	s.mu.Unlock()
	s.Clock.schedule(s.Clock.Now().Add(wait), func() { once.Do(send) })
}

func (s *Server) releasePushes(appID string) {
	s.mu.Lock()
	held := s.heldPushes[appID]
	delete(s.heldPushes, appID)
	s.mu.Unlock()
	for _, send := range held {
		send()
	}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
