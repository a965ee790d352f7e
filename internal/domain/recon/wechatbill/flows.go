package wechatbill

import (
	"fmt"
	"io"
	"strconv"

	"github.com/shuke-commerce/shuke/internal/domain/recon"
)

// flowKinds are the 业务类型 that are compared with the trade bill.
var flowKinds = map[string]recon.FlowKind{"交易": recon.FlowPaid, "退款": recon.FlowRefund, "扣除交易手续费": recon.FlowFee}

// Flows implements recon.Source.
func (*Source) Flows(text io.Reader, each func(*recon.Flow) error) error {
	s := newSheet(text)
	head, err := s.next()
	if err != nil {
		return unreadable(err)
	}
	n, count := namesOf(head)
	kind, direction, sum := n.need(&err, "业务类型"), n.need(&err, "收支类型"), n.need(&err, "收支金额")
	balance := n.one("账户结余")
	if err != nil {
		return err
	}
	types := map[string]string{} // few, and the same all day
	rows := int64(0)
	var f recon.Flow
	for {
		line, err := s.next()
		if err != nil {
			return unreadable(err)
		}
		if !isRow(line) {
			return compareFlows(s, line, rows)
		}
		rows++
		row := s.split(line)
		if len(row) != count {
			return fmt.Errorf("%w: line %d has %d values, not %d", recon.ErrBroken, s.no, len(row), count)
		}
		t, known := types[string(row[kind])]
		if !known {
			t = string(row[kind])
			if len(types) < 1000 {
				types[t] = t
			}
		}
		var ok bool
		f = recon.Flow{Kind: flowKinds[t], Type: t, In: string(row[direction]) == "收入"}
		if f.Amount, ok = amount(row[sum]); !ok || !f.In && string(row[direction]) != "支出" {
			return fmt.Errorf("%w: line %d: %.20q of %.30q", recon.ErrBroken, s.no, row[direction], row[sum])
		}
		if v, ok := decimal(cell(row, balance)); ok {
			f.Balance = roundFen(v)
		}
		if err := each(&f); err != nil {
			return err
		}
	}
}

func compareFlows(s *sheet, head []byte, rows int64) error {
	n, _ := namesOf(head)
	line, err := s.next()
	if err != nil {
		return unreadable(err)
	}
	if !isRow(line) {
		return fmt.Errorf("%w: its sums are missing", recon.ErrBroken)
	}
	said := cell(s.split(line), n.one("资金流水总笔数"))
	if v, err := strconv.ParseInt(string(said), 10, 64); err != nil || v != rows {
		return fmt.Errorf("%w: it has %d lines and says %.20q", recon.ErrBroken, rows, said)
	}
	return s.end()
}
