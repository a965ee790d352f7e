package wechatbill

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/shuke-commerce/shuke/internal/domain/recon"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// tradeColumns are where the columns of a trade bill stand, -1 where it has none.
type tradeColumns struct {
	count                                          int
	at, transaction, number, state, total, settled int
	fee, refundID, refundNo, asked, refund, done   int
}

func tradeColumnsOf(line []byte) (c tradeColumns, err error) {
	n, count := namesOf(line)
	c = tradeColumns{count: count, at: n.need(&err, "交易时间"), transaction: n.need(&err, "微信订单号"), number: n.need(&err, "商户订单号"), state: n.need(&err, "交易状态"),
		settled: n.need(&err, "应结订单金额", "总金额"), total: n.one("订单金额"), fee: n.one("手续费"), refundID: n.one("微信退款单号"), refundNo: n.one("商户退款单号"),
		asked: n.one("申请退款金额"), refund: n.one("退款金额"), done: n.one("退款状态")}
	return c, err
}

// tradeSums are what the rows add up to, and what the last line says.
type tradeSums struct {
	rows, unreadable int64
	amount, refunds  money.Fen
	fee              int64 // units
}

// Trades implements recon.Source.
func (*Source) Trades(text io.Reader, each func(*recon.Line) error, bad func(line int64) error) error {
	s := newSheet(text)
	head, err := s.next()
	if err != nil {
		return unreadable(err)
	}
	c, err := tradeColumnsOf(head)
	if err != nil {
		return err
	}
	var sums tradeSums
	var l recon.Line
	for {
		line, err := s.next()
		if err != nil && !errors.Is(err, errLong) {
			return unreadable(err)
		}
		if err == nil && !isRow(line) {
			return sums.compare(s, line)
		}
		sums.rows++
		if err != nil || !c.read(s.split(line), &l, &sums) {
			sums.unreadable++
			if err := bad(s.no); err != nil {
				return err
			}
			continue
		}
		l.No = s.no
		if err := each(&l); err != nil {
			return err
		}
	}
}

// unreadable is the end of a text that should not end there.
func unreadable(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: it ends before its sums", recon.ErrBroken)
	}
	if errors.Is(err, errLong) {
		return fmt.Errorf("%w: %v", recon.ErrBroken, err)
	}
	return err
}

// read reads a row; false tells that it is none.
func (c *tradeColumns) read(row [][]byte, l *recon.Line, sums *tradeSums) bool {
	if len(row) != c.count {
		return false
	}
	at, ok := moment(row[c.at])
	if !ok || len(row[c.number]) == 0 {
		return false
	}
	fee := int64(0)
	if v := cell(row, c.fee); len(v) > 0 {
		if fee, ok = decimal(v); !ok {
			return false
		}
	}
	*l = recon.Line{At: at, Trade: string(row[c.number]), Fee: roundFen(fee)}
	switch string(row[c.state]) {
	case "SUCCESS":
		ok = c.paid(row, l)
		sums.amount += l.Amount
	case "REFUND":
		ok = c.refunded(row, l, recon.LineRefund)
		sums.refunds += l.Amount
	case "REVOKED":
		ok = c.refunded(row, l, recon.LineReversed)
		sums.refunds += l.Amount
	default:
		return false
	}
	sums.fee += fee
	return ok
}

func (c *tradeColumns) paid(row [][]byte, l *recon.Line) (ok bool) {
	l.Kind, l.Number, l.Transaction, l.State = recon.LinePaid, l.Trade, string(row[c.transaction]), recon.BillSuccess
	l.Amount, ok = amount(row[first(c.total, c.settled)])
	return ok && l.Transaction != ""
}

// refunded reads a row that gives money back. The amount asked for is ours; what
// is refunded may be less by vouchers of WeChat.
func (c *tradeColumns) refunded(row [][]byte, l *recon.Line, k recon.LineKind) (ok bool) {
	at := first(c.asked, c.refund)
	if at < 0 {
		return false
	}
	l.Kind, l.Transaction, l.State, l.Fee = k, string(cell(row, c.refundID)), string(cell(row, c.done)), -l.Fee
	l.Number = string(cell(row, c.refundNo))
	switch {
	case k == recon.LineReversed:
		l.Number = l.Trade
	case l.Number == "" || l.Number == "0":
		l.Number = "refund:" + l.Transaction
	}
	l.Amount, ok = amount(row[at])
	return ok
}

func first(columns ...int) int {
	for _, c := range columns {
		if c >= 0 {
			return c
		}
	}
	return -1
}

// compare reads the sums of the bill and holds them against its rows.
func (t *tradeSums) compare(s *sheet, head []byte) error {
	n, count := namesOf(head)
	line, err := s.next()
	if err != nil {
		return unreadable(err)
	}
	if !isRow(line) {
		return fmt.Errorf("%w: its sums are missing", recon.ErrBroken)
	}
	row := s.split(line)
	if len(row) != count {
		return fmt.Errorf("%w: its sums do not fit their names", recon.ErrBroken)
	}
	rows, err := strconv.ParseInt(string(cell(row, n.one("总交易单数"))), 10, 64)
	if err != nil || rows != t.rows {
		return fmt.Errorf("%w: it has %d lines and says %.20q", recon.ErrBroken, t.rows, cell(row, n.one("总交易单数")))
	}
	if err := s.end(); err != nil || t.unreadable > 0 {
		return err
	}
	for _, sum := range []struct {
		got   int64
		title []string
	}{{int64(t.amount) * fine, []string{"订单总金额", "总交易额"}}, {int64(t.refunds) * fine, []string{"申请退款总金额"}}, {t.fee, []string{"手续费总金额"}}} {
		i := n.one(sum.title...)
		if said, ok := decimal(cell(row, i)); i >= 0 && (!ok || said != sum.got) {
			return fmt.Errorf("%w: %s is %.30s, its lines sum up to %d/100000", recon.ErrBroken, sum.title[0], cell(row, i), sum.got)
		}
	}
	return nil
}

// end reads what is behind the sums, so that the hash is of the whole text.
func (s *sheet) end() error {
	_, err := io.Copy(io.Discard, s.r)
	return err
}
