package funds

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// ErrPeriod is returned for a period that is none.
var ErrPeriod = errs.New(errs.Invalid, "statement.period", "请选择起止日期，最长一年", "Choose first and last day, at most a year")

// Beijing is the time by which periods are cut.
var Beijing = time.FixedZone("Asia/Shanghai", 8*3600)

// StatementIn asks for the statement of one account.
type StatementIn struct {
	Shop     id.ID
	Account  ledger.Account
	From, To string // first and last day, 2006-01-02, Beijing time
	Lines    bool   // JSON lines instead of CSV
}

// bounds gives the ids between which the rows of a period lie: from included, to not.
func (in StatementIn) bounds(now time.Time) (from, to id.ID, err error) {
	a, err1 := time.ParseInLocation(time.DateOnly, in.From, Beijing)
	b, err2 := time.ParseInLocation(time.DateOnly, in.To, Beijing)
	if err1 != nil || err2 != nil || b.Before(a) || b.Sub(a) > 366*24*time.Hour {
		return 0, 0, ErrPeriod
	}
	end := b.AddDate(0, 0, 1)
	if end.After(now) {
		end = now
	}
	return id.At(a), max(id.At(end), id.At(a)), nil
}

// Check says beforehand what Statement would refuse: statement.period.
func (in StatementIn) Check(now time.Time) error {
	_, _, err := in.bounds(now)
	return err
}

// statementPage is how many rows are in memory at a time.
const statementPage = 500

// Statement writes the statement of an account: opening balance, every posted
// transfer with the balance after it, closing balance. The period is cut by the
// moment of booking. Memory is bounded however long it is. Errors before the
// first byte: statement.period.
func (d *Deps) Statement(ctx context.Context, in StatementIn, w io.Writer) error {
	from, to, err := in.bounds(d.Now())
	if err != nil {
		return err
	}
	var opening money.Fen
	var seal ledger.Seal
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		b, err := ledger.ReadBefore(tx, in.Shop, from)
		if err != nil {
			return err
		}
		opening = in.sign(b[in.Account].Net())
		seal, err = ledger.LastSeal(tx, in.Shop)
		return err
	})
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	p := in.printer(out)
	if err := p.open(in, opening); err != nil {
		return err
	}
	balance, err := d.walk(ctx, in, from, to, opening, p)
	if err != nil {
		return err
	}
	if err := p.close(balance, seal); err != nil {
		return err
	}
	return out.Flush()
}

// sign shows a balance on the side where the account usually stands.
func (in StatementIn) sign(net money.Fen) money.Fen {
	if in.Account.IsProvider() || in.Account == ledger.FeeCollected || in.Account == ledger.DepositBank {
		return net
	}
	return -net
}

// walk prints the rows that moved the account and returns the closing balance.
func (d *Deps) walk(ctx context.Context, in StatementIn, from, to id.ID, balance money.Fen, p printer) (money.Fen, error) {
	after := from - 1
	for {
		var rows []ledger.Transfer
		err := d.DB.Read(ctx, func(tx *db.Tx) (err error) {
			rows, err = ledger.Range(tx, in.Shop, after, to, statementPage)
			return err
		})
		if err != nil {
			return balance, err
		}
		for _, t := range rows {
			after = t.ID
			if t.Phase != ledger.Direct && t.Phase != ledger.Posted || t.Debit != in.Account && t.Credit != in.Account {
				continue
			}
			moved := in.sign(-t.Amount)
			if t.Debit == in.Account {
				moved = in.sign(t.Amount)
			}
			balance += moved
			if err := p.row(t, moved, balance); err != nil {
				return balance, err
			}
		}
		if len(rows) < statementPage {
			return balance, nil
		}
	}
}

// printer writes a statement in one format.
type printer interface {
	open(in StatementIn, opening money.Fen) error
	row(t ledger.Transfer, moved, balance money.Fen) error
	close(closing money.Fen, s ledger.Seal) error
}

func (in StatementIn) printer(w *bufio.Writer) printer {
	if in.Lines {
		return &linePrinter{json.NewEncoder(w)}
	}
	return &csvPrinter{w: w, csv: csv.NewWriter(w)}
}

type csvPrinter struct {
	w   *bufio.Writer
	csv *csv.Writer
}

// text keeps spreadsheets from turning a long number into a rounded one.
func text(n id.ID) string {
	if n == 0 {
		return ""
	}
	return "\t" + n.String()
}

func (p *csvPrinter) open(in StatementIn, opening money.Fen) error {
	if _, err := p.w.WriteString("\uFEFF"); err != nil {
		return err
	}
	for _, line := range [][]string{
		{"账户 Account", accountWord(in.Account)}, {"起止 Period", in.From + " – " + in.To + " (UTC+8)"}, {"期初余额 Opening", opening.String()}, {},
		{"时间 Time", "类型 Kind", "订单号 Order", "关联号 Reference", "收入 In", "支出 Out", "余额 Balance", "流水号 Transfer"},
	} {
		if err := p.csv.Write(line); err != nil {
			return err
		}
	}
	return nil
}

func (p *csvPrinter) row(t ledger.Transfer, moved, balance money.Fen) error {
	in, out := moved.String(), ""
	if moved < 0 {
		in, out = "", (-moved).String()
	}
	return p.csv.Write([]string{t.At.In(Beijing).Format(time.DateTime), kindWord(t.Kind), text(t.Order), text(t.Ref), in, out, balance.String(), text(t.ID)})
}

func (p *csvPrinter) close(closing money.Fen, s ledger.Seal) error {
	for _, line := range [][]string{{}, {"期末余额 Closing", closing.String()}, {"封存至 Sealed", s.Hash}} {
		if err := p.csv.Write(line); err != nil {
			return err
		}
	}
	p.csv.Flush()
	return p.csv.Error()
}

type linePrinter struct{ json *json.Encoder }

func (p *linePrinter) open(in StatementIn, opening money.Fen) error {
	return p.json.Encode(map[string]any{"type": "opening", "account": in.Account, "from": in.From, "to": in.To, "balance": opening})
}

func (p *linePrinter) row(t ledger.Transfer, moved, balance money.Fen) error {
	return p.json.Encode(map[string]any{"type": "transfer", "id": t.ID, "at": t.At, "kind": t.Kind, "order_id": t.Order, "ref_id": t.Ref, "amount": moved, "balance": balance})
}

func (p *linePrinter) close(closing money.Fen, s ledger.Seal) error {
	return p.json.Encode(map[string]any{"type": "closing", "balance": closing, "seal": s.Hash, "seal_number": s.Seq})
}
