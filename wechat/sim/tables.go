package sim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// tables lists every kind of entity that is saved, in the order it is written.
func (w *world) tables() []table {
	own := []table{
		w.metaTable(),
		w.counterTable(),
		w.faultTable(),
		mapTable("person", w.people),
		mapTable("account", w.accounts),
		mapTable("merchant", w.merchants),
		mapTable("fan", w.fans),
		w.chatTable(),
		w.letterTable(),
		w.messageTable(),
		mapTable("order", w.orders),
		mapTable("combine", w.combines),
		mapTable("prepay", w.prepays),
		mapTable("refund", w.refunds),
		mapTable("notice", w.notices),
		w.billTable(),
		mapTable("qr", w.qrs),
		mapTable("screen", w.screens),
		mapTable("media", w.media),
		mapTable("jar", w.jars),
		mapTable("site", w.sites),
		mapTable("carrier_customer", w.carrier.customers),
		mapTable("parcel", w.carrier.parcels),
		mapTable("carrier_sub", w.carrier.subs),
		mapTable("kdniao_order", w.carrier.waybills),
	}
	return slices.Concat(own, w.ads.tables(), w.mini.tables(), w.subscribe.tables(), w.work.tables(), w.ways.tables(), w.money.tables(), w.sharing.tables(), w.transfers.tables(), w.complaints.tables(), w.social.tables(), w.official.tables())
}

func (w *world) metaTable() table {
	return table{
		kind: "meta",
		get:  func(string) any { return &w.meta },
		put:  func(_ string, raw []byte) error { return json.Unmarshal(raw, &w.meta) },
		each: func(visit func(string, any) error) error { return visit("meta", &w.meta) },
	}
}

func (w *world) counterTable() table {
	return table{
		kind: "counter",
		get:  func(string) any { return w.counter },
		put:  func(_ string, raw []byte) error { return json.Unmarshal(raw, &w.counter) },
		each: func(visit func(string, any) error) error { return visit("counter", w.counter) },
	}
}

// chatTable keeps the messages of a chat when a later line about the chat itself is read.
func (w *world) chatTable() table {
	t := mapTable("chat", w.chats)
	t.put = func(id string, raw []byte) error {
		if raw == nil {
			delete(w.chats, id)
			return nil
		}
		c := new(chat)
		if err := json.Unmarshal(raw, c); err != nil {
			return err
		}
		if old := w.chats[id]; old != nil {
			c.msgs = old.msgs
		}
		w.chats[id] = c
		return nil
	}
	return t
}

// messageTable keeps messages inside their chats; an id is "person|chat#seq".
func (w *world) messageTable() table {
	split := func(id string) (string, int64) {
		i := strings.LastIndexByte(id, '#')
		if i < 0 {
			return id, 0
		}
		seq, _ := strconv.ParseInt(id[i+1:], 10, 64)
		return id[:i], seq
	}
	return table{
		kind: "msg",
		get: func(id string) any {
			key, seq := split(id)
			c := w.chats[key]
			if c == nil {
				return nil
			}
			if i, ok := c.find(seq); ok {
				return c.msgs[i]
			}
			return nil
		},
		put: func(id string, raw []byte) error {
			key, seq := split(id)
			c := w.chats[key]
			if c == nil && raw == nil {
				return nil
			}
			if c == nil {
				c = &chat{}
				c.Person, c.ID, _ = strings.Cut(key, "|")
				w.chats[key] = c
			}
			i, found := c.find(seq)
			if raw == nil {
				if found {
					c.msgs = slices.Delete(c.msgs, i, i+1)
				}
				return nil
			}
			m, err := w.readMessage(raw)
			if err != nil {
				return err
			}
			if found {
				c.msgs[i] = m
			} else {
				c.msgs = slices.Insert(c.msgs, i, m)
			}
			return nil
		},
		each: func(visit func(string, any) error) error {
			for key, c := range w.chats {
				for _, m := range c.msgs {
					if m == nil {
						continue // forgotten while the walk paused
					}
					if err := visit(key+"#"+strconv.FormatInt(m.Seq, 10), m); err != nil {
						return err
					}
				}
			}
			return nil
		},
	}
}

// billTable keeps bills by person; an id is "person|bill".
func (w *world) billTable() table {
	return table{
		kind: "bill",
		get: func(id string) any {
			who, billID, _ := strings.Cut(id, "|")
			if b := w.bill(who, billID); b != nil {
				return b
			}
			return nil
		},
		put: func(id string, raw []byte) error {
			who, billID, _ := strings.Cut(id, "|")
			b := new(bill)
			if err := json.Unmarshal(raw, b); err != nil {
				return err
			}
			if old := w.bill(who, billID); old != nil {
				*old = *b
				return nil
			}
			w.personBills[who] = append(w.personBills[who], b)
			return nil
		},
		each: func(visit func(string, any) error) error {
			for who, bills := range w.personBills {
				for _, b := range bills {
					if err := visit(who+"|"+b.ID, b); err != nil {
						return err
					}
				}
			}
			return nil
		},
	}
}

// link rebuilds the indexes after loading. A chat's seq and the world's counter may be older on disk than their last
// message by one write, so they are raised to what is there.
func (w *world) link() error {
	w.ads.link()
	w.ways.link()
	for _, f := range w.fans {
		w.openids[f.OpenID] = f
	}
	for _, a := range w.accounts {
		w.originals[a.OriginalID] = a
		for _, t := range []*apiToken{a.Plain, a.OldPlain, a.Stable, a.OldStable} {
			if t != nil {
				w.apiTokens[t.Value] = a.AppID
			}
		}
	}
	for id, m := range w.merchants {
		if err := m.parse(); err != nil {
			return fmt.Errorf("merchant %s: %w", id, err)
		}
	}
	w.faults.restore(w.savedFaults)
	w.linkLetters()
	for _, c := range w.chats {
		w.personChats[c.Person] = append(w.personChats[c.Person], c)
		if n := len(c.msgs); n > 0 {
			c.Seq = max(c.Seq, c.msgs[n-1].Seq)
		}
	}
	for _, o := range w.orders {
		if o.TransactionID != "" {
			w.paid[o.TransactionID] = o
		}
	}
	for id := range w.notices {
		w.noticeLog = append(w.noticeLog, id)
	}
	slices.SortFunc(w.noticeLog, func(a, b string) int { return int(w.notices[a].Seq - w.notices[b].Seq) })
	for _, bills := range w.personBills {
		slices.SortFunc(bills, func(a, b *bill) int { return int(a.Seq - b.Seq) })
	}
	for _, q := range w.qrs {
		w.qrTexts[q.URL] = q
	}
	w.work.link()
	w.social.link()
	w.official.link()
	return nil
}
