C     J2 plasticity with isotropic hardening as a user material of Abaqus
C     (UMAT): the law `j2` of laminet, as a template for your own. See
C     docs/laws.md, 'Your UMAT as a phase law'.
C
C     Properties: Young's modulus, Poisson's ratio, and of the yield
C     stress INITIAL + LINEAR P + SATURATION (1 - EXP(-RATE P)) its four
C     constants. State variable: the equivalent plastic strain P.
C
      SUBROUTINE UMAT(STRESS,STATEV,DDSDDE,SSE,SPD,SCD,
     1 RPL,DDSDDT,DRPLDE,DRPLDT,
     2 STRAN,DSTRAN,TIME,DTIME,TEMP,DTEMP,PREDEF,DPRED,CMNAME,
     3 NDI,NSHR,NTENS,NSTATV,PROPS,NPROPS,COORDS,DROT,PNEWDT,
     4 CELENT,DFGRD0,DFGRD1,NOEL,NPT,LAYER,KSPT,JSTEP,KINC)
C
      INCLUDE 'ABA_PARAM.INC'
C
      CHARACTER*80 CMNAME
      DIMENSION STRESS(NTENS),STATEV(NSTATV),
     1 DDSDDE(NTENS,NTENS),DDSDDT(NTENS),DRPLDE(NTENS),
     2 STRAN(NTENS),DSTRAN(NTENS),TIME(2),PREDEF(1),DPRED(1),
     3 PROPS(NPROPS),COORDS(3),DROT(3,3),DFGRD0(3,3),DFGRD1(3,3),
     4 JSTEP(4)
      DIMENSION DIRECTION(6)
C
C     What a wrong call should say, once and for all.
      IF (NPROPS.NE.6) THEN
        CALL STDB_ABQERR(-3,'J2 needs 6 properties, not %I',NPROPS,
     1   0.D0,' ')
      END IF
      YOUNG = PROPS(1)
      POISSON = PROPS(2)
      SHEAR = YOUNG/(2.D0*(1.D0+POISSON))
      FLAME = 2.D0*SHEAR*POISSON/(1.D0-2.D0*POISSON)
      P = STATEV(1)
C
C     Elastic trial stress; shear strains are twice the tensor's.
      TRACE = DSTRAN(1)+DSTRAN(2)+DSTRAN(3)
      DO I = 1, NDI
        STRESS(I) = STRESS(I)+FLAME*TRACE+2.D0*SHEAR*DSTRAN(I)
      END DO
      DO I = NDI+1, NTENS
        STRESS(I) = STRESS(I)+SHEAR*DSTRAN(I)
      END DO
      PRESSURE = (STRESS(1)+STRESS(2)+STRESS(3))/3.D0
      SQUARE = 0.D0
      DO I = 1, NTENS
        DIRECTION(I) = STRESS(I)
        IF (I.LE.NDI) DIRECTION(I) = STRESS(I)-PRESSURE
        SQUARE = SQUARE+DIRECTION(I)**2
        IF (I.GT.NDI) SQUARE = SQUARE+DIRECTION(I)**2
      END DO
      SIZE = SQRT(SQUARE)
      TRIAL = SQRT(1.5D0)*SIZE
C
C     Growth of P: Newton on TRIAL - 3 G GROWTH = yield stress.
      GROWTH = 0.D0
      RATIO = 0.D0
      ALONG = 0.D0
      DECAY = EXP(-PROPS(6)*P)
      YIELD = PROPS(3)+PROPS(4)*P+PROPS(5)*(1.D0-DECAY)
      IF (TRIAL.GT.YIELD*(1.D0+1.D-10)) THEN
        DO K = 1, 60
          DECAY = EXP(-PROPS(6)*(P+GROWTH))
          YIELD = PROPS(3)+PROPS(4)*(P+GROWTH)+PROPS(5)*(1.D0-DECAY)
          SLOPE = PROPS(4)+PROPS(5)*PROPS(6)*DECAY
          STEP = (TRIAL-3.D0*SHEAR*GROWTH-YIELD)/(3.D0*SHEAR+SLOPE)
          GROWTH = GROWTH+STEP
          IF (ABS(STEP).LE.1.D-14*(GROWTH+TRIAL/(3.D0*SHEAR))) GO TO 10
        END DO
C       No solution: half of the increment may have one.
        PNEWDT = 0.5D0
        RETURN
   10   CONTINUE
        RATIO = GROWTH/TRIAL
        ALONG = 6.D0*SHEAR**2*(RATIO-1.D0/(3.D0*SHEAR+SLOPE))/SQUARE
        DO I = 1, NTENS
          STRESS(I) = STRESS(I)-3.D0*SHEAR*RATIO*DIRECTION(I)
        END DO
        STATEV(1) = P+GROWTH
      END IF
C
C     Consistent tangent.
      TANGENT = SHEAR*(1.D0-3.D0*SHEAR*RATIO)
      DO J = 1, NTENS
        DO I = 1, NTENS
          DDSDDE(I,J) = ALONG*DIRECTION(I)*DIRECTION(J)
          IF (I.LE.NDI.AND.J.LE.NDI) DDSDDE(I,J) = DDSDDE(I,J)
     1     +FLAME+2.D0*SHEAR**2*RATIO
        END DO
        DDSDDE(J,J) = DDSDDE(J,J)+TANGENT
        IF (J.LE.NDI) DDSDDE(J,J) = DDSDDE(J,J)+TANGENT
      END DO
      RETURN
      END
