package ledger

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// BlockRows is how many rows one seal covers at most.
const BlockRows = 256

// Seal is a sealed block of a shop's books: the hash of its rows, of the block
// before, and of the balances up to it.
type Seal struct {
	Shop     id.ID
	Seq      int64 // from 1
	To       id.ID // the last row of the block; the first one follows the block before
	Rows     int64
	Prev     string // hash of the block before; of the first: none
	Hash     string // SHA-256, hex
	Digests  string // id and the first 8 bytes of the hash of each row, so that a changed one can be named
	Balances string // JSON of Books up to and with the block
	At       time.Time
}

const sealColumns = `shop_id, seq, to_id, row_count, prev, hash, digests, balances, sealed_at`

func scanSeal(r db.Row) (s Seal, err error) {
	return s, r.Scan(&s.Shop, &s.Seq, &s.To, &s.Rows, &s.Prev, &s.Hash, &s.Digests, &s.Balances, &s.At)
}

// LastSeal is the newest seal of a shop; one with Seq 0 when there is none.
func LastSeal(tx *db.Tx, shop id.ID) (Seal, error) {
	s, err := scanSeal(tx.QueryRow(`SELECT `+sealColumns+` FROM ledger_seals WHERE shop_id = $1 ORDER BY seq DESC LIMIT 1`, shop))
	if errors.Is(err, db.ErrNoRow) {
		return Seal{Shop: shop, To: -1 << 63}, nil
	}
	return s, err
}

// NextSeal makes the block that follows last out of rows before an id; false when
// there is none. It writes nothing.
func NextSeal(tx *db.Tx, last Seal, before id.ID, now time.Time) (Seal, bool, error) {
	rows, err := Range(tx, last.Shop, last.To, before, BlockRows)
	if err != nil || len(rows) == 0 {
		return Seal{}, false, err
	}
	b := Books{}
	if last.Seq > 0 {
		if err := json.Unmarshal([]byte(last.Balances), &b); err != nil {
			return Seal{}, false, fmt.Errorf("ledger: seal %d of shop %s: %w", last.Seq, last.Shop, err)
		}
	}
	for _, t := range rows {
		b.add(t.Debit, t.Credit, t.Phase, t.Amount, t.Ends)
	}
	text, err := json.Marshal(b)
	if err != nil {
		return Seal{}, false, err
	}
	s := Seal{Shop: last.Shop, Seq: last.Seq + 1, To: rows[len(rows)-1].ID, Rows: int64(len(rows)), Prev: last.Hash, Digests: digests(rows), Balances: string(text), At: now}
	s.Hash = s.hash(rows)
	return s, true, nil
}

// PutSeal writes a seal; false when another process has sealed that block.
func PutSeal(tx *db.Tx, s Seal) (bool, error) {
	n, err := tx.Exec(`INSERT INTO ledger_seals (`+sealColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (shop_id, seq) DO NOTHING`,
		s.Shop, s.Seq, s.To, s.Rows, s.Prev, s.Hash, s.Digests, s.Balances, s.At)
	return n == 1, err
}

// hash covers the block's place, the block before, every row and the balances.
func (s Seal) hash(rows []Transfer) string {
	h := sha256.New()
	fmt.Fprintf(h, "shuke ledger seal 1\n%d %d %s\n", s.Shop, s.Seq, s.Prev)
	var line []byte
	for _, t := range rows {
		line = t.canonical(line[:0])
		h.Write(line)
	}
	h.Write([]byte(s.Balances))
	return hex.EncodeToString(h.Sum(nil))
}

// canonical is a row as it is hashed: every column, in one order, a line each row.
// Texts are quoted, so that no two rows read alike.
func (t Transfer) canonical(b []byte) []byte {
	for _, n := range []int64{int64(t.Shop), int64(t.ID), int64(t.Order), int64(t.Ref), int64(t.Amount), int64(t.Ends), t.At.UTC().UnixMicro()} {
		b = append(strconv.AppendInt(b, n, 10), ' ')
	}
	for _, s := range []string{string(t.Kind), string(t.Phase), t.Slot, string(t.Debit), string(t.Credit)} {
		b = append(strconv.AppendQuote(b, s), ' ')
	}
	return append(b, '\n')
}

const digestBytes = 8

func (t Transfer) digest() [digestBytes]byte {
	sum := sha256.Sum256(t.canonical(nil))
	return [digestBytes]byte(sum[:digestBytes])
}

// digests packs id and digest of each row.
func digests(rows []Transfer) string {
	b := make([]byte, 0, len(rows)*(8+digestBytes))
	for _, t := range rows {
		d := t.digest()
		b = append(binary.BigEndian.AppendUint64(b, uint64(t.ID)), d[:]...)
	}
	return base64.RawStdEncoding.EncodeToString(b)
}

// known unpacks digests; a broken text gives what could be read.
func (s Seal) known() map[id.ID][digestBytes]byte {
	b, _ := base64.RawStdEncoding.DecodeString(s.Digests) // what is missing shows as a difference
	out := map[id.ID][digestBytes]byte{}
	for ; len(b) >= 8+digestBytes; b = b[8+digestBytes:] {
		out[id.ID(binary.BigEndian.Uint64(b))] = [digestBytes]byte(b[8 : 8+digestBytes])
	}
	return out
}

// VerifySeals holds up to limit blocks after the one with number seq against
// their rows. It returns the number of the last block looked at (seq when there
// was none) and what differs, row by row.
func VerifySeals(tx *db.Tx, shop id.ID, seq int64, limit int) (int64, []Violation, error) {
	last := Seal{Shop: shop, To: -1 << 63}
	if seq > 0 {
		var err error
		if last, err = scanSeal(tx.QueryRow(`SELECT `+sealColumns+` FROM ledger_seals WHERE shop_id = $1 AND seq = $2`, shop, seq)); err != nil {
			return seq, nil, err
		}
	}
	all, err := db.All(tx, scanSeal, `SELECT `+sealColumns+` FROM ledger_seals WHERE shop_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`, shop, seq, limit)
	if err != nil {
		return seq, nil, err
	}
	var out []Violation
	for _, s := range all {
		if s.Seq != last.Seq+1 || s.Prev != last.Hash {
			out = append(out, Violation{Shop: shop, What: "the chain of seals is broken", Want: last.Seq + 1, Got: s.Seq})
		}
		rows, err := Range(tx, shop, last.To, s.To+1, 4*BlockRows)
		if err != nil {
			return last.Seq, out, err
		}
		out = append(out, s.compare(rows)...)
		last = s
	}
	return last.Seq, out, nil
}

// compare names what differs between a block and its rows.
func (s Seal) compare(rows []Transfer) (out []Violation) {
	if s.hash(rows) == s.Hash {
		return nil
	}
	say := func(order id.ID, row id.ID, what string) {
		out = append(out, Violation{Shop: s.Shop, Order: order, What: what, Detail: fmt.Sprintf("transfer %s, block %d", row, s.Seq)})
	}
	was := s.known()
	for _, t := range rows {
		d, sealed := was[t.ID]
		switch {
		case !sealed:
			say(t.Order, t.ID, "a transfer was inserted into a sealed block")
		case d != t.digest():
			say(t.Order, t.ID, "a sealed transfer was changed")
		}
		delete(was, t.ID)
	}
	for row := range was {
		say(0, row, "a sealed transfer was removed")
	}
	if len(out) == 0 {
		out = append(out, Violation{Shop: s.Shop, What: "a seal was changed", Detail: fmt.Sprintf("block %d", s.Seq)})
	}
	return out
}
