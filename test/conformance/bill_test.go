package conformance

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// bill is a downloaded trade or fund-flow bill, read strictly: a header, rows whose values begin with a back-quote, a header
// of the summary and the summary.
type bill struct {
	header  []string
	rows    []map[string]string
	summary map[string]string
}

// readBill reads a bill and holds its text to the hash that was announced.
func readBill(text []byte, hashType, hash string) (*bill, error) {
	if sum := sha1.Sum(text); hashType != "SHA1" || !strings.EqualFold(hex.EncodeToString(sum[:]), hash) {
		return nil, fmt.Errorf("the bill's SHA1 is %x, announced was %s %s", sum, hashType, hash)
	}
	lines := strings.Split(strings.TrimRight(string(bytes.TrimPrefix(text, []byte("\ufeff"))), "\r\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	if len(lines) < 3 {
		return nil, fmt.Errorf("the bill has %d lines", len(lines))
	}
	b := &bill{header: strings.Split(lines[0], ",")}
	for _, line := range lines[1 : len(lines)-2] {
		row, err := zip(b.header, line)
		if err != nil {
			return nil, err
		}
		b.rows = append(b.rows, row)
	}
	var err error
	b.summary, err = zip(strings.Split(lines[len(lines)-2], ","), lines[len(lines)-1])
	return b, err
}

func zip(names []string, line string) (map[string]string, error) {
	values := strings.Split(line, ",")
	if len(values) != len(names) {
		return nil, fmt.Errorf("%d values under %d headings: %s", len(values), len(names), line)
	}
	row := map[string]string{}
	for i, v := range values {
		if !strings.HasPrefix(v, "`") {
			return nil, fmt.Errorf("a value without back-quote: %s", line)
		}
		row[names[i]] = v[1:]
	}
	return row, nil
}

// sum adds a column of yuan up, in fen.
func (b *bill) sum(column string) (total int64, err error) {
	for _, row := range b.rows {
		fen, err := fenOf(row[column])
		if err != nil {
			return 0, err
		}
		total += fen
	}
	return total, nil
}

func fenOf(yuan string) (int64, error) {
	whole, part, _ := strings.Cut(yuan, ".")
	return strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
}

// reconcile checks a trade bill against its own summary.
func (b *bill) reconcile() error {
	if len(b.rows) == 0 {
		return fmt.Errorf("the bill has no rows")
	}
	if b.summary["总交易单数"] != strconv.Itoa(len(b.rows)) {
		return fmt.Errorf("%d rows, the summary says %s", len(b.rows), b.summary["总交易单数"])
	}
	for column, total := range map[string]string{"应结订单金额": "应结订单总金额", "退款金额": "退款总金额"} {
		rows, err := b.sum(column)
		if err != nil {
			return err
		}
		if said, err := fenOf(b.summary[total]); err != nil || said != rows {
			return fmt.Errorf("%s is %d fen in the rows, the summary says %s", column, rows, b.summary[total])
		}
	}
	return nil
}
