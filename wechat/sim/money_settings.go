package sim

import (
	"net/http"
	"slices"
)

// MoneySettings say how WeChat Pay keeps one merchant's money.
type MoneySettings struct {
	MchID           string `json:"mchid"`
	FeeRate         int64  `json:"fee_rate"`         // hundredths of a percent; 60 is 0.60 %, the default
	FeeAccount      string `json:"fee_account"`      // where fees are taken from: BASIC (default) or FEES while that holds enough
	TransferAccount string `json:"transfer_account"` // where transfers are taken from: BASIC (default) or OPERATION
	Overdraft       bool   `json:"overdraft"`        // true: accounts may go below zero, nothing is refused with NOT_ENOUGH
	MaxRatio        int64  `json:"max_ratio"`        // of an order that may be split, in hundredths of a percent; 3000 is 30 %, the default
	BillBOM         bool   `json:"bill_bom"`         // bills begin with a byte order mark
	RefundOutcome   string `json:"refund_outcome"`   // what refunds come to: SUCCESS (default), CLOSED or ABNORMAL

	SharingNotifyURL string `json:"sharing_notify_url,omitempty"` // where this merchant hears of shares it got (分账动账通知); empty: nowhere
}

// PersonMoney is what WeChat knows of a person's money besides the wallet.
type PersonMoney struct {
	Person          string `json:"person"`
	RealName        string `json:"real_name"`        // of the identity card; the person's name when empty
	RefundOutcome   string `json:"refund_outcome"`   // what refunds to this person come to; empty: what the merchant's settings say
	TransferRefused string `json:"transfer_refused"` // fail_reason of every transfer to this person, e.g. ACCOUNT_FROZEN; empty: none
}

const (
	maxFeeRate = 1_000  // hundredths of a percent
	maxShare   = 10_000 // likewise
)

var outcomes = []string{"", refundSuccess, refundClosed, refundAbnormal}

// moneySettings gives a merchant's settings, or the defaults. The caller holds mu.
func (s *Server) moneySettings(mchID string) MoneySettings {
	if set := s.world.money.settings[mchID]; set != nil {
		return *set
	}
	return MoneySettings{MchID: mchID, FeeRate: 60, FeeAccount: accountBasic, TransferAccount: accountBasic, MaxRatio: 3000, RefundOutcome: refundSuccess}
}

// MoneySettings gives the settings of a merchant.
func (s *Server) MoneySettings(mchID string) (MoneySettings, error) {
	if err := s.init(); err != nil {
		return MoneySettings{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.world.merchants[mchID] == nil {
		return MoneySettings{}, missing("merchant " + mchID)
	}
	return s.moneySettings(mchID), nil
}

// SetMoney replaces the settings of a merchant; begin with MoneySettings and change what is wanted.
func (s *Server) SetMoney(set MoneySettings) error {
	if err := s.init(); err != nil {
		return err
	}
	switch {
	case set.FeeRate < 0 || set.FeeRate > maxFeeRate || set.MaxRatio < 0 || set.MaxRatio > maxShare:
		return bad("money.rate", "费率需在 0 到 1000、分账比例需在 0 到 10000（万分比）之间", "fee_rate (0 to 1000) and max_ratio (0 to 10000) are hundredths of a percent")
	case set.FeeAccount != accountBasic && set.FeeAccount != accountFees:
		return bad("money.fee_account", "手续费账户只能是 BASIC 或 FEES", "fee_account must be BASIC or FEES")
	case set.TransferAccount != accountBasic && set.TransferAccount != accountOperation:
		return bad("money.transfer_account", "转账账户只能是 BASIC 或 OPERATION", "transfer_account must be BASIC or OPERATION")
	case !slices.Contains(outcomes, set.RefundOutcome):
		return bad("money.refund_outcome", "退款结果只能是 SUCCESS、CLOSED 或 ABNORMAL", "refund_outcome must be SUCCESS, CLOSED or ABNORMAL")
	}
	s.mu.Lock()
	defer s.unlockDurably()
	if s.world.merchants[set.MchID] == nil {
		return missing("merchant " + set.MchID)
	}
	s.world.money.settings[set.MchID] = &set
	s.touch("mch_money", set.MchID)
	return nil
}

// SetPersonMoney replaces what is known of a person's money.
func (s *Server) SetPersonMoney(set PersonMoney) error {
	if err := s.init(); err != nil {
		return err
	}
	if !slices.Contains(outcomes, set.RefundOutcome) || len(set.RealName) > 64 || len(set.TransferRefused) > 64 {
		return bad("money.person", "退款结果只能是 SUCCESS、CLOSED 或 ABNORMAL，姓名最长 64 字节", "refund_outcome must be SUCCESS, CLOSED or ABNORMAL; texts may have 64 bytes")
	}
	s.mu.Lock()
	defer s.unlockDurably()
	if s.world.people[set.Person] == nil {
		return missing("person " + set.Person)
	}
	s.world.money.people[set.Person] = &set
	s.touch("person_money", set.Person)
	return nil
}

// personMoney gives what is known of a person's money. The caller holds mu.
func (s *Server) personMoney(who string) PersonMoney {
	set := PersonMoney{Person: who}
	if have := s.world.money.people[who]; have != nil {
		set = *have
	}
	if p := s.world.people[who]; p != nil && set.RealName == "" {
		set.RealName = p.Name
	}
	return set
}

// Balances are what stands in a merchant's accounts, in fen.
type Balances struct {
	Basic     int64 `json:"basic"`
	Frozen    int64 `json:"frozen"` // of basic: waits to be split
	Operation int64 `json:"operation"`
	Fees      int64 `json:"fees"`
}

// Balances gives what stands in a merchant's accounts.
func (s *Server) Balances(mchID string) (Balances, error) {
	if err := s.init(); err != nil {
		return Balances{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.world.merchants[mchID] == nil {
		return Balances{}, missing("merchant " + mchID)
	}
	return Balances{s.balance(mchID, accountBasic), s.frozen(mchID), s.balance(mchID, accountOperation), s.balance(mchID, accountFees)}, nil
}

// MoveMoney puts amount fen into a merchant's account (充值), or takes it out (提现) when it is negative.
func (s *Server) MoveMoney(mchID, account string, amount int64) (Balances, error) {
	if err := s.init(); err != nil {
		return Balances{}, err
	}
	if !slices.Contains(accountKinds, account) || amount == 0 || amount > maxOrderFen*100 || amount < -maxOrderFen*100 {
		return Balances{}, bad("money.move", "账户只能是 BASIC、OPERATION 或 FEES，金额不能为 0", "account must be BASIC, OPERATION or FEES, amount not zero and at most 10^11 fen")
	}
	s.mu.Lock()
	kind := moveTopUp
	switch {
	case s.world.merchants[mchID] == nil:
		s.mu.Unlock()
		return Balances{}, missing("merchant " + mchID)
	case amount < 0 && !s.affords(mchID, account, -amount):
		s.mu.Unlock()
		return Balances{}, refuse(http.StatusConflict, "money.short", "账户可用余额不足", "the account holds less than that")
	case amount < 0:
		kind = moveWithdraw
	}
	s.book(mchID, account, movement{Kind: kind, Amount: amount, No: "1900" + s.digits(24)})
	s.unlockDurably()
	return s.Balances(mchID)
}
